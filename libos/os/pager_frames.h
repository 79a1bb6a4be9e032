// SPDX-License-Identifier: MIT
// A pager's frames: purses that pay for them, groups of them, and how many objects hold each.
#pragma once

#include "pager_clients.h"

// => false: there is no memory
bool frames_start(void);

static inline void frame_hold(uint32_t entry) { ++*holders_at(slot_of(entry)); }

// Frames in a row, up to `wanted`, that nobody has been charged for. => how many from *frame on in our space
uint64_t frames_take(const struct pager_object *object, uint64_t page, uint64_t wanted, uint64_t *frame);
// Nobody holds it any more.
void frame_free(uint64_t slot);

// Give back what nobody holds. => how many frames
uint64_t purse_shrink(struct pager_purse *purse);

// For the account that pays for the object: free frames go back, those of pages that are evicted too. => false: none
bool frames_make_room(const struct pager_object *object);

// Slots that have been used, ever.
uint64_t frames_slots(void);
// Frames of our own that nobody has.
uint64_t frames_spare(void);
uint64_t frames_total(void);
uint64_t frames_free(void);
