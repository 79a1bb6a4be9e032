// SPDX-License-Identifier: MIT
// Taking blocks from a file, from its end, in as many transactions as it needs: meanwhile it is in the list of orphans.
#include "ext2_truncate.h"

#include "ext2_bitmap.h"
#include "ext2_buffers.h"
#include "ext2_inode.h"
#include "ext2_map.h"
#include "ext2_orphan.h"
#include "ext2_transaction.h"

enum { STEP_BUFFERS = 12 }; // what one run of blocks, or one block of pointers, can dirty; and the ends of the work

static enum ext2_error release(struct ext2 *fs, struct inode *inode, struct buffer *buffer, uint32_t first,
                               uint32_t count) {
    TRY(blocks_release(fs, first, count));
    for (uint32_t i = 0; i < count && inode_type(inode) != EXT2_MODE_FILE; i++) buffer_forget(fs, first + i);
    uint64_t sectors = (uint64_t)count << (fs->block_shift - 9);
    inode->sectors -= sectors < inode->sectors ? (uint32_t)sectors : inode->sectors;
    buffer_dirty(fs, buffer, KIND_INODES);
    return EXT2_OK;
}

// Takes slots[from..end) away, from the last on. => *done: all of them; else there is no room in the transaction
static enum ext2_error clear_slots(struct ext2 *fs, struct inode *inode, struct buffer *buffer, uint32_t *slots,
                                   struct buffer *holder, uint32_t from, uint32_t end, bool *done) {
    while (end > from) {
        if (slots[end - 1] == NO_BLOCK) {
            end--;
            continue;
        }
        *done = transaction_has_room(fs, STEP_BUFFERS);
        if (!*done) return EXT2_OK;
        uint32_t count = 1, last = slots[end - 1], most = state_minimum(end - from, fs->blocks_per_group);
        while (count < most && slots[end - 1 - count] == last - count && last - count != NO_BLOCK) count++;
        TRY(release(fs, inode, buffer, last - count + 1, count));
        for (uint32_t i = 0; i < count; i++) slots[--end] = NO_BLOCK;
        buffer_dirty(fs, holder, holder == buffer ? KIND_INODES : KIND_BASE);
    }
    *done = true;
    return EXT2_OK;
}

// The last slot that is set of slots[from..end), or `end`.
static uint32_t last_set(const uint32_t *slots, uint32_t from, uint32_t end) {
    for (uint32_t at = end; at > from; at--)
        if (slots[at - 1] != NO_BLOCK) return at - 1;
    return end;
}

// In the tree below the inode's pointer `root`: goes down its last branch and takes what is there from `keep` on,
// counted in this tree; and the block of pointers too when nothing before `keep` can be in it. => *done: nothing is
// left to take
static enum ext2_error cut_branch(struct ext2 *fs, struct inode *inode, struct buffer *buffer, uint32_t root,
                                  uint64_t keep, bool *done) {
    const uint32_t each = 1U << fs->pointer_shift;
    uint32_t *parent = &inode->pointers[root];
    struct buffer *holder = buffer;
    uint64_t start = 0; // the first block below *parent
    for (uint32_t height = root - INODE_DIRECT + 1; *parent != NO_BLOCK; height--) {
        if (!state_is_sound(fs, *parent)) return state_corrupt(fs, "a pointer of a file is past the end");
        struct buffer *below;
        TRY(buffer_get(fs, *parent, &below));
        uint32_t *slots = (void *)below->data, shift = fs->pointer_shift * (height - 1);
        // A slot that is kept in part is gone into, but not taken.
        uint32_t from = keep <= start ? 0 : (uint32_t)((keep - start) >> shift);
        uint32_t at = last_set(slots, from, each);
        if (height == 1) {
            TRY(clear_slots(fs, inode, buffer, slots, below, from, each, done));
            if (!*done) return EXT2_OK;
            at = each;
        }
        if (at == each) {
            *done = keep > start; // something before stays, so that there is nothing more to come
            if (*done) return EXT2_OK;
            if (!transaction_has_room(fs, STEP_BUFFERS)) return EXT2_OK;
            uint32_t block = *parent;
            *parent = NO_BLOCK;
            buffer_dirty(fs, holder, holder == buffer ? KIND_INODES : KIND_BASE);
            buffer_forget(fs, block);
            return release(fs, inode, buffer, block, 1);
        }
        parent = &slots[at];
        holder = below;
        start += (uint64_t)at << shift;
    }
    *done = true;
    return EXT2_OK;
}

// As much as there is room for. => *done: all
static enum ext2_error cut_some(struct ext2 *fs, struct inode *inode, struct buffer *buffer, uint64_t keep,
                                bool *done) {
    uint64_t start[INODE_POINTERS], at = INODE_DIRECT;
    for (uint32_t root = INODE_DIRECT; root < INODE_POINTERS; root++) {
        start[root] = at;
        at += UINT64_C(1) << fs->pointer_shift * (root - INODE_DIRECT + 1);
    }
    for (uint32_t root = INODE_POINTERS - 1; root >= INODE_DIRECT; root--) {
        *done = at <= keep;
        at = start[root];
        while (!*done) {
            if (!transaction_has_room(fs, STEP_BUFFERS)) return EXT2_OK;
            TRY(cut_branch(fs, inode, buffer, root, keep > at ? keep - at : 0, done));
        }
    }
    return clear_slots(fs, inode, buffer, inode->pointers, buffer, state_minimum(keep, INODE_DIRECT), INODE_DIRECT,
                       done);
}

// All from block `keep` on, in the running transaction and others. => the running one has room for one more step
static enum ext2_error cut(struct ext2 *fs, uint32_t number, uint64_t keep) {
    fs->spots[number % SPOTS].number = 0;
    for (bool done = false;;) {
        struct buffer *buffer;
        struct inode *inode;
        TRY(inode_get(fs, number, &inode, &buffer));
        if (inode_has_blocks(inode)) TRY(cut_some(fs, inode, buffer, keep, &done));
        done = done || !inode_has_blocks(inode);
        if (done && transaction_has_room(fs, STEP_BUFFERS)) return EXT2_OK;
        TRY(transaction_begin(fs, STEP_BUFFERS, 0));
    }
}

static uint64_t blocks_of(const struct ext2 *fs, uint64_t size) {
    return (size + fs->block_size - 1) >> fs->block_shift;
}

static enum ext2_error resize(struct ext2 *fs, uint32_t number, uint64_t size) {
    struct buffer *buffer;
    struct inode *inode;
    TRY(inode_get_used(fs, number, &inode, &buffer));
    if (inode_type(inode) == EXT2_MODE_DIRECTORY) return EXT2_IS_DIRECTORY;
    if (inode_type(inode) != EXT2_MODE_FILE) return EXT2_INVALID;
    if (size > fs->file_blocks << fs->block_shift) return EXT2_TOO_BIG;
    bool cuts = size < inode_size(inode), listed = inode->links == 0;
    inode_set_size(fs, inode, buffer, size);
    inode_touch(fs, inode, buffer, TIME_MODIFIED | TIME_CHANGED);
    if (!cuts) return EXT2_OK;
    if (!listed) TRY(orphan_add(fs, number));
    enum ext2_error error = cut(fs, number, blocks_of(fs, size));
    if (error != EXT2_OK) state_fail(fs, "a cut was interrupted"); // it is in the list, and must not come there again
    return error != EXT2_OK || listed ? error : orphan_remove(fs, number);
}

enum ext2_error ext2_resize(struct ext2 *fs, uint32_t number, uint64_t size) {
    TRY(transaction_begin(fs, STEP_BUFFERS, 0));
    return transaction_end(fs, resize(fs, number, size));
}

static enum ext2_error again(struct ext2 *fs, uint32_t number) {
    struct buffer *buffer;
    struct inode *inode;
    TRY(inode_get_used(fs, number, &inode, &buffer));
    if (inode_type(inode) == EXT2_MODE_FILE) TRY(cut(fs, number, blocks_of(fs, inode_size(inode))));
    return orphan_remove(fs, number);
}

enum ext2_error truncate_again(struct ext2 *fs, uint32_t number) {
    TRY(transaction_begin(fs, STEP_BUFFERS, 0));
    return transaction_end(fs, again(fs, number));
}

// Extended attributes are kept, and go with the last of those that share them.
static enum ext2_error release_attributes(struct ext2 *fs, struct inode *inode) {
    struct buffer *buffer;
    struct {
        uint32_t magic, holders;
    } * head;
    if (inode->attributes_block == NO_BLOCK) return EXT2_OK;
    if (!state_is_sound(fs, inode->attributes_block)) return state_corrupt(fs, "attributes are past the end");
    TRY(buffer_get(fs, inode->attributes_block, &buffer));
    head = (void *)buffer->data;
    if (head->magic != ATTRIBUTES_MAGIC || head->holders == 0)
        return state_corrupt(fs, "a block of attributes is none");
    if (--head->holders > 0) {
        buffer_dirty(fs, buffer, KIND_BASE);
        return EXT2_OK;
    }
    buffer_forget(fs, inode->attributes_block);
    return blocks_release(fs, inode->attributes_block, 1);
}

static enum ext2_error discard(struct ext2 *fs, uint32_t number) {
    struct buffer *buffer;
    struct inode *inode;
    TRY(inode_get_used(fs, number, &inode, &buffer));
    if (inode->links != 0) return EXT2_NOT_FOUND;
    TRY(cut(fs, number, 0));
    TRY(orphan_remove(fs, number));
    TRY(inode_get(fs, number, &inode, &buffer));
    TRY(release_attributes(fs, inode));
    bool directory = inode_type(inode) == EXT2_MODE_DIRECTORY;
    inode->attributes_block = NO_BLOCK;
    inode->mode = 0;
    inode->sectors = 0;
    inode->deleted = (uint32_t)fs->device.now(fs->device.owner).seconds;
    buffer_dirty(fs, buffer, KIND_INODES);
    return inode_release(fs, number, directory);
}

enum ext2_error ext2_discard(struct ext2 *fs, uint32_t number) {
    TRY(transaction_begin(fs, STEP_BUFFERS, 0));
    return transaction_end(fs, discard(fs, number));
}
