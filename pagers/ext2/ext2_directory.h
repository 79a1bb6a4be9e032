// SPDX-License-Identifier: MIT
// Directories: entries in blocks, looked through from the first to the last.
#pragma once

#include "ext2_state.h"

// What looking for a name finds.
struct place {
    uint32_t inode;          // 0: the name is not there
    uint64_t block;          // of the directory; and the entry in it
    uint32_t offset, before; // `before`: the entry before it in the block, or the same
    bool has_room;           // for an entry of that name: in the block and behind or at the entry that these tell
    uint64_t room_block;
    uint32_t room_offset;
};

// `inode` may be a copy. => OK also when the name is not there
enum ext2_error directory_find(struct ext2 *fs, const struct inode *inode, struct ext2_name name, struct place *place);

// => *empty: nothing but `.` and `..`
enum ext2_error directory_is_empty(struct ext2 *fs, const struct inode *inode, bool *empty);

// => how many blocks the disk must have free for the name, which is not there
enum ext2_error directory_cost(struct ext2 *fs, const struct inode *inode, const struct place *place, uint32_t *blocks);

// A name that is not there, after directory_find for it. Dirties at most 14 buffers
enum ext2_error directory_add(struct ext2 *fs, uint32_t number, struct ext2_name name, const struct place *place,
                              uint32_t inode, uint16_t type);

// After directory_find for it.
enum ext2_error directory_remove(struct ext2 *fs, uint32_t number, const struct place *place);
enum ext2_error directory_replace(struct ext2 *fs, uint32_t number, const struct place *place, uint32_t inode,
                                  uint16_t type);

// The first block of a new directory, whose inode is there.
enum ext2_error directory_new(struct ext2 *fs, uint32_t number, uint32_t parent);

// `..`
enum ext2_error directory_parent(struct ext2 *fs, uint32_t number, uint32_t *parent);
enum ext2_error directory_set_parent(struct ext2 *fs, uint32_t number, uint32_t parent);
