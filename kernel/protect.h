// SPDX-License-Identifier: MIT
// Rights lowered and raised: withheld by the space itself, granted by its pager.
#pragma once

#include "extent.h"

// Each does what it can of the extent and says how far it got: *done pages. => why it stopped, or STATUS_OK
enum status protect_lower(const struct extent *extent, uint64_t rights, struct stale *stale, struct found *found,
                          uint64_t *done);
enum status protect_raise(const struct extent *extent, uint64_t rights, struct found *found, uint64_t *done);
// One page of a space's own, whose leaf table is the one used last: withheld, and given back.
// => false: nothing was done, and the calls above are to be asked
bool protect_lower_straight(struct space *space, uint64_t va, uint64_t rights);
bool protect_raise_straight(struct space *space, uint64_t va, uint64_t rights);
