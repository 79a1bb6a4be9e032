// SPDX-License-Identifier: MIT
// A pager's clients: who they are, and how many pages each may have.
#pragma once

#include "pager_tables.h"

// => false: there is no memory
bool clients_start(void);

// Memory of ours for the tables, from `*top` up to `end`. => false: there is none
bool tables_grow(uint64_t *top, uint64_t end);

// The place of the client with this number in the table, made if it is new; its space pays when it pays.
// => NULL: the table is full, or there is no memory
struct pager_client *client_find(uint64_t number);
struct pager_purse *client_purse(struct pager_client *client, uint64_t space);
// One object less.
void client_leave(struct pager_client *client);
uint64_t clients_made(void);

// When little is left of what we may have, who has more than a fair share gets no more. Asked for each new run.
void clients_set_limits(void);
// Has it more than that share?
bool client_has_much(const struct pager_client *client);
// Will it soon be so, although so many frames come back?
bool clients_are_short(uint64_t coming);
// Are so many pages less than half of what is kept for those who have little?
bool clients_can_spare(uint64_t pages);
// May it have one more page?
bool client_has_room(const struct pager_client *client);
