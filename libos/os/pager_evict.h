// SPDX-License-Identifier: MIT
// Frames had back from objects whose pages can do without them for a while.
#pragma once

#include <os/pager.h>

// For a frame more in the object's purse: pages of clients that use the same purse go.
// => false: none did. With evict_is_tired() that is not the last word: ask again. When some are on their way to the
// backing store, store_putting() says how many
bool evict_some(const struct pager_object *object);
bool evict_is_tired(void);
// Before there is none left: when few are, some are put on their way.
void evict_ahead(const struct pager_object *object);
uint64_t evict_count(void);
// So many pages have gone that were on their way.
void evict_note(uint64_t pages);
