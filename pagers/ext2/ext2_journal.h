// SPDX-License-Identifier: MIT
// The journal: every commit goes there as a whole before anything is written where it belongs.
#pragma once

#include "ext2_state.h"

// Finds the journal and checks that all of it is there. => FEATURE, CORRUPT; *unclean: it holds transactions
enum ext2_error journal_open(struct ext2 *fs, bool *unclean);

// Writes every transaction that is whole to where it belongs. => buffers are empty
enum ext2_error journal_replay(struct ext2 *fs);

// The journal is empty, and in use or not.
enum ext2_error journal_set(struct ext2 *fs, bool in_use);

// All that is dirty is in the journal, and survives a power cut, when it returns.
enum ext2_error journal_write(struct ext2 *fs);

// All of it is also where it belongs.
enum ext2_error journal_written(struct ext2 *fs);

// Where a block of the journal is.
enum ext2_error journal_place(struct ext2 *fs, uint32_t index, uint32_t *block);

static inline uint32_t journal_next(const struct ext2 *fs, uint32_t index) {
    return index + 1 < fs->journal_length ? index + 1 : fs->journal_first;
}
