// SPDX-License-Identifier: MIT
// Pages on their way to the backing store, and back.
#pragma once

#include "pager_places.h"

enum { TRANSIT_FAILED = UINT16_MAX }; // of a place: it could not be read, and nobody has been told yet

// => false: there is no memory
bool store_start(void);

// Nobody sees the page. Its frame goes at once, if its content is in the store already. => false: it is not
bool store_leave(struct pager_object *object, uint64_t page, bool dirty);
// It is written, and its frame goes when that is done, unless somebody has wanted it meanwhile. => false: it stays
bool store_put(struct pager_object *object, uint64_t page);
// What was begun is on its way.
void store_go(void);

// Nobody has the frame any more.
void store_free(uint64_t slot);
// The frame, which is being written, has been written to since.
void store_spoil(uint64_t slot);
// May a page be written now?
bool store_has_room(void);
// Is room wanted for a page that comes back?
bool store_is_fetching(void);
// How many pages are being written.
uint64_t store_putting(void);

// What was seen of a page that was read ahead: it was used.
void store_touched(uint64_t slot);
uint64_t store_ahead(void); // pages of which that is not known
// The page has come; so have some behind it, and those can be mapped at once. => how many pages in all
uint64_t store_widen(const struct pager_object *object, uint64_t page);

// Bits of the port were set: what is done is noted, and who waits is asked again.
void store_wake(uint64_t bits);
struct pager_stored store_tell(void);
