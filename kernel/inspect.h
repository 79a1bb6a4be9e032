// SPDX-License-Identifier: MIT
// What was written, what was touched, what is there.
#pragma once

#include "extent.h"

// bitmap: PAGES_PER_CALL bits, cleared by the caller
enum status inspect_dirty(const struct extent *extent, uint64_t what, uint64_t *bitmap, struct stale *stale,
                          uint64_t *done);
// state: one of <abi/memory.h> for each page
void inspect_query(const struct extent *extent, uint64_t *state);
