// SPDX-License-Identifier: MIT
// The list of orphans: its head is in the superblock, its links are where inodes have the time of their deletion.
#include "ext2_orphan.h"

#include "ext2_buffers.h"
#include "ext2_inode.h"
#include "ext2_transaction.h"
#include "ext2_truncate.h"

enum ext2_error orphan_add(struct ext2 *fs, uint32_t number) {
    struct buffer *buffer;
    struct inode *inode;
    TRY(inode_get(fs, number, &inode, &buffer));
    inode->deleted = fs->super->last_orphan;
    fs->super->last_orphan = number;
    buffer_dirty(fs, buffer, KIND_INODES);
    super_dirty(fs);
    return EXT2_OK;
}

enum ext2_error orphan_remove(struct ext2 *fs, uint32_t number) {
    struct buffer *buffer, *before_buffer = NULL;
    struct inode *inode, *before = NULL;
    uint32_t at = fs->super->last_orphan, before_number = 0;
    for (uint32_t steps = 0; at != number; steps++) {
        if (at == 0 || steps == fs->inodes) return state_corrupt(fs, "the list of orphans is broken");
        TRY(inode_get(fs, at, &before, &before_buffer));
        before_number = at;
        at = before->deleted;
    }
    TRY(inode_get(fs, number, &inode, &buffer));
    if (before_number == 0) {
        fs->super->last_orphan = inode->deleted;
        super_dirty(fs);
    } else {
        before->deleted = inode->deleted;
        buffer_dirty(fs, before_buffer, KIND_INODES);
    }
    inode->deleted = 0;
    buffer_dirty(fs, buffer, KIND_INODES);
    return EXT2_OK;
}

enum ext2_error orphans_end(struct ext2 *fs) {
    // Each one that is done leaves the list: it ends, or a number comes again and is found to be no orphan.
    while (fs->super->last_orphan != 0) {
        struct buffer *buffer;
        struct inode *inode;
        uint32_t number = fs->super->last_orphan;
        enum ext2_error error = inode_get_used(fs, number, &inode, &buffer);
        if (error == EXT2_NOT_FOUND) return state_corrupt(fs, "the list of orphans is broken");
        TRY(error);
        TRY(inode->links == 0 ? ext2_discard(fs, number) : truncate_again(fs, number));
    }
    return EXT2_OK;
}
