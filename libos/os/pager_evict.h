// SPDX-License-Identifier: MIT
// Frames had back from objects whose kind can do without them for a while.
#pragma once

#include <os/pager.h>

// For a frame more in the object's purse: pages of clients that use the same purse go.
// => false: none did. With evict_is_tired() that is not the last word: ask again
bool evict_some(const struct pager_object *object);
bool evict_is_tired(void);
uint64_t evict_count(void);
