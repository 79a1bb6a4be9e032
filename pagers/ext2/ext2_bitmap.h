// SPDX-License-Identifier: MIT
// What is free: the groups' bitmaps of blocks and inodes, and the counts that go with them.
#pragma once

#include "ext2_state.h"

enum ext2_error group_get(struct ext2 *fs, uint32_t group, struct group **descriptor, struct buffer **buffer);

// At most `wanted` blocks in a row, near `goal`. The caller has seen that one is usable, so finding none is CORRUPT.
enum ext2_error blocks_allocate(struct ext2 *fs, uint32_t goal, uint32_t wanted, uint32_t *first, uint32_t *count);

// => CORRUPT when one is free already, or is no one's to free. Dirties two buffers for each group
enum ext2_error blocks_release(struct ext2 *fs, uint32_t first, uint32_t count);

// A new directory goes where there is room, what else there is where its parent is. => NO_SPACE
enum ext2_error inode_allocate(struct ext2 *fs, uint32_t parent, bool directory, uint32_t *number);
enum ext2_error inode_release(struct ext2 *fs, uint32_t number, bool directory);

// => the first block of the group of an inode
uint32_t inode_goal(const struct ext2 *fs, uint32_t number);
