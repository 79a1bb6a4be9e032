// SPDX-License-Identifier: MIT
// Calls that change something: each is whole in one transaction, or in several that are each whole.
#pragma once

#include "ext2_state.h"

// Room for a call that dirties at most `buffers` more buffers (commits first if there is none), and tries to have
// `blocks` blocks free. => READ_ONLY; buffers that were had before are gone
enum ext2_error transaction_begin(struct ext2 *fs, uint32_t buffers, uint32_t blocks);

// After what the call did. => `error`; if it is one and something was changed, nothing is ever committed
enum ext2_error transaction_end(struct ext2 *fs, enum ext2_error error);

// => whether a step of long work can dirty so many more
static inline bool transaction_has_room(const struct ext2 *fs, uint32_t buffers) {
    return fs->dirty_count + buffers <= fs->dirty_limit && fs->freed_count + 8 <= FREED_RUNS;
}

// Blocks that can be had at once; and those that can after a commit.
uint64_t transaction_usable(const struct ext2 *fs);
uint64_t transaction_available(const struct ext2 *fs);

// The blocks are free, but not before the commit.
void transaction_freed(struct ext2 *fs, uint32_t first, uint32_t count);

// => how many of `count` blocks from `first` on may be used at once; 0: skip *skip
uint32_t transaction_may_use(const struct ext2 *fs, uint32_t first, uint32_t count, uint32_t *skip);
