// SPDX-License-Identifier: MIT
// Inodes where they are: in the buffers of the inode tables.
#pragma once

#include "ext2_state.h"

static inline uint16_t inode_type(const struct inode *inode) { return inode->mode & EXT2_MODE_TYPE; }

static inline uint64_t inode_size(const struct inode *inode) {
    bool high = inode_type(inode) == EXT2_MODE_FILE; // else it is something else
    return (high ? (uint64_t)inode->size_high << 32 : 0) | inode->size;
}

// Whether its pointers point to blocks.
static inline bool inode_has_blocks(const struct inode *inode) {
    uint16_t type = inode_type(inode);
    return type == EXT2_MODE_FILE || type == EXT2_MODE_DIRECTORY ||
           (type == EXT2_MODE_LINK && inode->size >= sizeof(inode->pointers));
}

// Any inode of the table, in use or not. => as lasting as its buffer; CORRUPT when there is no such number
enum ext2_error inode_get(struct ext2 *fs, uint32_t number, struct inode **inode, struct buffer **buffer);

// One that names may lead to, and in use. => NOT_FOUND
enum ext2_error inode_get_used(struct ext2 *fs, uint32_t number, struct inode **inode, struct buffer **buffer);

// The same, with a name: a directory that has been removed has none. => NOT_FOUND, NOT_DIRECTORY
enum ext2_error inode_get_directory(struct ext2 *fs, uint32_t number, struct inode **inode, struct buffer **buffer);

enum { TIME_ACCESSED = 1, TIME_MODIFIED = 2, TIME_CHANGED = 4 };

// These make the buffer dirty.
void inode_touch(struct ext2 *fs, struct inode *inode, struct buffer *buffer, unsigned times);
void inode_set_size(struct ext2 *fs, struct inode *inode, struct buffer *buffer, uint64_t size);

// A new one from all zeros. => 1 link
enum ext2_error inode_new(struct ext2 *fs, uint32_t parent, const struct ext2_new *new, uint32_t *number,
                          struct inode **inode, struct buffer **buffer);
