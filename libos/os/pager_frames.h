// SPDX-License-Identifier: MIT
// A pager's frames: purses that pay for them, groups of them, and how many objects hold each.
#pragma once

#include "pager_tables.h"

// => false: there is no memory
bool frames_start(void);

// Memory of ours for the tables, from `*top` up to `end`. => false: there is none
bool tables_grow(uint64_t *top, uint64_t end);

// The place of the client with this number in the table, made if it is new; its space pays when it pays.
// => NULL: the table is full, or there is no memory
struct pager_client *client_find(uint64_t number);
struct pager_purse *client_purse(struct pager_client *client, uint64_t space);
// One object less.
void client_leave(struct pager_client *client);
uint64_t clients_made(void);

static inline void frame_hold(uint32_t entry) { ++*holders_at(slot_of(entry)); }

// Give back what nobody holds. => how many frames
uint64_t purse_shrink(struct pager_purse *purse);

// May it have one more page?
bool client_has_room(const struct pager_client *client);

// For the account that pays for the object: free frames go back, those of pages that are evicted too. => false: none
bool frames_make_room(const struct pager_object *object);

uint64_t frames_total(void);
uint64_t frames_free(void);
