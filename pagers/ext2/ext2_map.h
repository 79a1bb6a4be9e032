// SPDX-License-Identifier: MIT
// Where the blocks of a file are: pointers in the inode, and up to three levels of blocks of pointers.
#pragma once

#include "ext2_state.h"

// The way to the pointer of one block of a file.
struct map_way {
    uint32_t index[4];   // in the inode's pointers, then in each block of pointers
    uint32_t levels;     // how many of those
    uint64_t neighbours; // file blocks from this one on that have their pointers in the same block
};

// => TOO_BIG
enum ext2_error map_way(const struct ext2 *fs, uint64_t file_block, struct map_way *way);

// See ext2_map. `inode` has blocks (inode_has_blocks).
enum ext2_error map_find(struct ext2 *fs, const struct inode *inode, uint64_t file_block, uint32_t count,
                         struct ext2_run *run);

// => how many blocks the disk must have free for one at `file_block`, which is a hole: itself, and those on the way to
// it
enum ext2_error map_cost(struct ext2 *fs, const struct inode *inode, uint64_t file_block, uint32_t *blocks);

// Gives blocks to at most `count` file blocks of a hole; the inode's count is updated, its size is not.
enum ext2_error map_allocate(struct ext2 *fs, uint32_t number, struct inode *inode, struct buffer *buffer,
                             uint64_t file_block, uint32_t count, struct ext2_run *run);
