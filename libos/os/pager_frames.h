// SPDX-License-Identifier: MIT
// A pager's frames: purses that pay for them, groups of them, and how many objects hold each.
#pragma once

#include "pager_clients.h"

// => false: there is no memory
bool frames_start(void);

static inline void frame_hold(uint32_t entry) { ++*holders_at(slot_of(entry)); }

// Give back what nobody holds. => how many frames
uint64_t purse_shrink(struct pager_purse *purse);

// For the account that pays for the object: free frames go back, those of pages that are evicted too. => false: none
bool frames_make_room(const struct pager_object *object);

// Frames of our own that nobody has, and that are kept.
uint64_t frames_spare(void);
uint64_t frames_total(void);
uint64_t frames_free(void);
