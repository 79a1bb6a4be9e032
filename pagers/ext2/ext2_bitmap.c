// SPDX-License-Identifier: MIT
// What is free: bitmaps of the groups, searched by words.
#include "ext2_bitmap.h"

#include "ext2_buffers.h"
#include "ext2_transaction.h"

// ---- bits ----

static bool bit_get(const uint8_t *bits, uint32_t at) { return (bits[at / 8] >> at % 8 & 1) != 0; }
static void bit_set(uint8_t *bits, uint32_t at) { bits[at / 8] |= (uint8_t)(1U << at % 8); }
static void bit_clear(uint8_t *bits, uint32_t at) { bits[at / 8] &= (uint8_t) ~(1U << at % 8); }

// => the first clear bit from `at` on, or `end`
static uint32_t find_clear(const uint8_t *bits, uint32_t at, uint32_t end) {
    while (at < end && bit_get(bits, at)) {
        // A bitmap is a whole block, so that a word of it never ends behind it.
        bool whole = at % 64 == 0 && ((const uint64_t *)(const void *)bits)[at / 64] == UINT64_MAX;
        at += whole ? 64 : 1;
    }
    return at < end ? at : end;
}

// => how many clear bits are at `at`, up to `most`
static uint32_t count_clear(const uint8_t *bits, uint32_t at, uint32_t most) {
    uint32_t count = 0;
    while (count < most && !bit_get(bits, at + count)) count++;
    return count;
}

// ---- groups ----

enum ext2_error group_get(struct ext2 *fs, uint32_t group, struct group **descriptor, struct buffer **buffer) {
    uint32_t at = group * GROUP_BYTES;
    TRY(buffer_get(fs, fs->super_at + 1 + (at >> fs->block_shift), buffer));
    *descriptor = (void *)((*buffer)->data + (at & (fs->block_size - 1)));
    return EXT2_OK;
}

static uint32_t first_of(const struct ext2 *fs, uint32_t group) {
    return fs->first_block + group * fs->blocks_per_group;
}

static uint32_t blocks_of(const struct ext2 *fs, uint32_t group) {
    return state_minimum(fs->blocks - first_of(fs, group), fs->blocks_per_group);
}

uint32_t inode_goal(const struct ext2 *fs, uint32_t number) {
    return first_of(fs, (number - 1) / fs->inodes_per_group);
}

// ---- blocks ----

// => the first usable run of a group from bit `from` on; *count 0: there is none
static void find_run(const struct ext2 *fs, const uint8_t *bits, uint32_t group, uint32_t from, uint32_t wanted,
                     uint32_t *at, uint32_t *count) {
    uint32_t end = blocks_of(fs, group);
    *count = 0;
    for (*at = find_clear(bits, from, end); *at < end; *at = find_clear(bits, *at, end)) {
        uint32_t skip = 1;
        *count = transaction_may_use(fs, first_of(fs, group) + *at, state_minimum(end - *at, wanted), &skip);
        *count = count_clear(bits, *at, *count);
        if (*count > 0) return;
        *at += skip;
    }
}

// Whether a group's own blocks are among these.
static bool are_the_groups(const struct ext2 *fs, const struct group *descriptor, uint32_t first, uint32_t count) {
    uint32_t table = fs->inodes_per_group * fs->inode_size >> fs->block_shift;
    return descriptor->block_bitmap - first < count || descriptor->inode_bitmap - first < count ||
           (first < descriptor->inode_table + table && descriptor->inode_table < first + count);
}

// Marks what is used at `goal` or behind it, else before it in its group. *count 0: the group has none
static enum ext2_error allocate_in(struct ext2 *fs, uint32_t group, uint32_t from, uint32_t wanted, uint32_t *first,
                                   uint32_t *count) {
    struct group *descriptor;
    struct buffer *group_buffer, *bitmap;
    *count = 0;
    TRY(group_get(fs, group, &descriptor, &group_buffer));
    if (descriptor->free_blocks == 0) return EXT2_OK;
    wanted = state_minimum(wanted, descriptor->free_blocks);
    TRY(buffer_get(fs, descriptor->block_bitmap, &bitmap));
    uint32_t at;
    find_run(fs, bitmap->data, group, from, wanted, &at, count);
    if (*count == 0 && from > 0) find_run(fs, bitmap->data, group, 0, wanted, &at, count);
    if (*count == 0) return EXT2_OK;
    *first = first_of(fs, group) + at;
    if (!state_is_sound(fs, *first) || are_the_groups(fs, descriptor, *first, *count))
        return state_corrupt(fs, "a bitmap calls blocks of the file system itself free");
    for (uint32_t i = 0; i < *count; i++) bit_set(bitmap->data, at + i);
    descriptor->free_blocks = (uint16_t)(descriptor->free_blocks - *count);
    fs->super->free_blocks -= *count;
    buffer_dirty(fs, bitmap, KIND_BASE);
    buffer_dirty(fs, group_buffer, KIND_BASE);
    super_dirty(fs);
    return EXT2_OK;
}

enum ext2_error blocks_allocate(struct ext2 *fs, uint32_t goal, uint32_t wanted, uint32_t *first, uint32_t *count) {
    if (goal < fs->first_block || goal >= fs->blocks) goal = fs->first_block;
    uint32_t group = (goal - fs->first_block) / fs->blocks_per_group,
             from = (goal - fs->first_block) % fs->blocks_per_group;
    wanted = state_minimum(wanted, fs->super->free_blocks);
    for (uint32_t tried = 0; tried < fs->groups; tried++) {
        TRY(allocate_in(fs, group, from, wanted, first, count));
        if (*count > 0) return EXT2_OK;
        group = group + 1 < fs->groups ? group + 1 : 0;
        from = 0;
    }
    return state_corrupt(fs, "more blocks are counted as free than are");
}

static enum ext2_error release_in(struct ext2 *fs, uint32_t group, uint32_t at, uint32_t count) {
    struct group *descriptor;
    struct buffer *group_buffer, *bitmap;
    TRY(group_get(fs, group, &descriptor, &group_buffer));
    TRY(buffer_get(fs, descriptor->block_bitmap, &bitmap));
    if (are_the_groups(fs, descriptor, first_of(fs, group) + at, count))
        return state_corrupt(fs, "a file has blocks of the file system itself");
    if (descriptor->free_blocks + count > blocks_of(fs, group) || fs->super->free_blocks + (uint64_t)count > fs->blocks)
        return state_corrupt(fs, "more blocks are counted as free than there are");
    for (uint32_t i = 0; i < count; i++) {
        if (!bit_get(bitmap->data, at + i)) return state_corrupt(fs, "a block in use is marked free");
        bit_clear(bitmap->data, at + i);
    }
    descriptor->free_blocks = (uint16_t)(descriptor->free_blocks + count);
    fs->super->free_blocks += count;
    buffer_dirty(fs, bitmap, KIND_BASE);
    buffer_dirty(fs, group_buffer, KIND_BASE);
    super_dirty(fs);
    transaction_freed(fs, first_of(fs, group) + at, count);
    return EXT2_OK;
}

enum ext2_error blocks_release(struct ext2 *fs, uint32_t first, uint32_t count) {
    if (!state_is_sound(fs, first) || count > fs->blocks - first)
        return state_corrupt(fs, "a file has blocks of the file system itself");
    while (count > 0) {
        uint32_t group = (first - fs->first_block) / fs->blocks_per_group;
        uint32_t at = (first - fs->first_block) % fs->blocks_per_group;
        uint32_t here = state_minimum(blocks_of(fs, group) - at, count);
        TRY(release_in(fs, group, at, here));
        first += here;
        count -= here;
    }
    return EXT2_OK;
}

// ---- inodes ----

static enum ext2_error mark_inode(struct ext2 *fs, struct group *descriptor, struct buffer *group_buffer,
                                  struct buffer *bitmap, bool directory, bool free) {
    if (fs->super->free_inodes == 0 && !free) return state_corrupt(fs, "more inodes are free than are counted");
    int change = free ? 1 : -1;
    descriptor->free_inodes = (uint16_t)(descriptor->free_inodes + change);
    if (directory) descriptor->directories = (uint16_t)(descriptor->directories - change);
    fs->super->free_inodes += (uint32_t)change;
    buffer_dirty(fs, bitmap, KIND_BASE);
    buffer_dirty(fs, group_buffer, KIND_BASE);
    super_dirty(fs);
    return EXT2_OK;
}

static enum ext2_error allocate_inode_in(struct ext2 *fs, uint32_t group, bool directory, uint32_t *number) {
    struct group *descriptor;
    struct buffer *group_buffer, *bitmap;
    *number = 0;
    TRY(group_get(fs, group, &descriptor, &group_buffer));
    if (descriptor->free_inodes == 0) return EXT2_OK;
    TRY(buffer_get(fs, descriptor->inode_bitmap, &bitmap));
    uint32_t at = find_clear(bitmap->data, group == 0 ? fs->first_inode - 1 : 0, fs->inodes_per_group);
    if (at == fs->inodes_per_group) return EXT2_OK;
    bit_set(bitmap->data, at);
    *number = group * fs->inodes_per_group + at + 1;
    return mark_inode(fs, descriptor, group_buffer, bitmap, directory, false);
}

// The first group from its parent's on that has a fair share of the free blocks and inodes.
static enum ext2_error fair_group(struct ext2 *fs, uint32_t *group) {
    uint32_t inodes = fs->super->free_inodes / fs->groups, blocks = fs->super->free_blocks / fs->groups;
    for (uint32_t tried = 0, at = *group; tried < fs->groups; tried++) {
        struct group *descriptor;
        struct buffer *buffer;
        TRY(group_get(fs, at, &descriptor, &buffer));
        *group = at;
        if (descriptor->free_inodes > 0 && descriptor->free_inodes >= inodes && descriptor->free_blocks >= blocks)
            break;
        at = at + 1 < fs->groups ? at + 1 : 0;
    }
    return EXT2_OK;
}

enum ext2_error inode_allocate(struct ext2 *fs, uint32_t parent, bool directory, uint32_t *number) {
    uint32_t group = (parent - 1) / fs->inodes_per_group;
    if (directory) TRY(fair_group(fs, &group));
    for (uint32_t tried = 0; tried < fs->groups; tried++) {
        TRY(allocate_inode_in(fs, group, directory, number));
        if (*number != 0) return EXT2_OK;
        group = group + 1 < fs->groups ? group + 1 : 0;
    }
    return fs->super->free_inodes == 0 ? EXT2_NO_SPACE : state_corrupt(fs, "more inodes are counted as free than are");
}

enum ext2_error inode_release(struct ext2 *fs, uint32_t number, bool directory) {
    uint32_t group = (number - 1) / fs->inodes_per_group, at = (number - 1) % fs->inodes_per_group;
    struct group *descriptor;
    struct buffer *group_buffer, *bitmap;
    TRY(group_get(fs, group, &descriptor, &group_buffer));
    TRY(buffer_get(fs, descriptor->inode_bitmap, &bitmap));
    if (!bit_get(bitmap->data, at) || descriptor->free_inodes >= fs->inodes_per_group)
        return state_corrupt(fs, "an inode in use is marked free");
    bit_clear(bitmap->data, at);
    return mark_inode(fs, descriptor, group_buffer, bitmap, directory, true);
}
