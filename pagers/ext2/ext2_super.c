// SPDX-License-Identifier: MIT
// The superblock: which features there are, and the shape that it tells, checked once.
#include "ext2_super.h"

#include "ext2_bitmap.h"
#include "ext2_buffers.h"

struct feature {
    uint32_t bit;
    const char *name;
};

// As mke2fs calls them.
static const struct feature incompatible[] = {
    {0x1, "compression"},
    {INCOMPATIBLE_FILETYPE, NULL},
    {INCOMPATIBLE_RECOVER, NULL},
    {0x8, "journal_dev"},
    {0x10, "meta_bg"},
    {0x40, "extent"},
    {0x80, "64bit"},
    {0x100, "mmp"},
    {0x200, "flex_bg"},
    {0x400, "ea_inode"},
    {0x1000, "dirdata"},
    {0x2000, "metadata_csum_seed"},
    {0x4000, "large_dir"},
    {0x8000, "inline_data"},
    {0x10000, "encrypt"},
    {0x20000, "casefold"},
    {0, "an unknown feature"},
};
static const struct feature only_to_read[] = {
    {READ_ONLY_SPARSE, NULL}, {READ_ONLY_LARGE_FILE, NULL}, {0x4, "btree_dir"},           {0x8, "huge_file"},
    {0x10, "uninit_bg"},      {0x20, "dir_nlink"},          {READ_ONLY_EXTRA_SIZE, NULL}, {0x100, "quota"},
    {0x200, "bigalloc"},      {0x400, "metadata_csum"},     {0x1000, "read-only"},        {0x2000, "project"},
    {0x8000, "verity"},       {0x10000, "orphan_present"},  {0, "an unknown feature"},
};

// => the name of a feature that is not supported (those that are have none here), or null
static const char *strange(const struct feature *features, uint32_t bits) {
    for (; features->bit != 0; bits &= ~features++->bit)
        if ((bits & features->bit) != 0 && features->name != NULL) return features->name;
    return bits != 0 ? features->name : NULL;
}

static enum ext2_error check_features(struct ext2 *fs, const struct super *super, bool *only_read) {
    *only_read = false;
    if (super->revision == 0) return EXT2_OK; // before there were any
    const char *name = strange(incompatible, super->incompatible);
    fs->why = name;
    if (name != NULL) return EXT2_FEATURE;
    fs->why = strange(only_to_read, super->read_only);
    *only_read = fs->why != NULL;
    fs->types = (super->incompatible & INCOMPATIBLE_FILETYPE) != 0;
    fs->journal = (super->compatible & COMPATIBLE_JOURNAL) != 0;
    fs->why = (super->incompatible & INCOMPATIBLE_RECOVER) != 0 && !fs->journal ? "needs_recovery" : fs->why;
    return (super->incompatible & INCOMPATIBLE_RECOVER) != 0 && !fs->journal ? EXT2_FEATURE : EXT2_OK;
}

static bool check_sizes(struct ext2 *fs, const struct super *super) {
    uint32_t most = fs->block_size * 8, size = fs->inode_size;
    bool some = super->blocks_count > fs->first_block + 16;
    bool group = super->blocks_per_group >= 64 && super->blocks_per_group <= most && super->blocks_per_group % 8 == 0;
    bool inodes = super->inodes_per_group >= fs->first_inode && super->inodes_per_group <= most &&
                  fs->first_inode > EXT2_ROOT + INODE_JOURNAL;
    bool inode = size >= INODE_LEAST_BYTES && size <= fs->block_size && (size & (size - 1)) == 0;
    return some && group && inodes && inode && super->first_data_block == fs->first_block;
}

enum ext2_error super_take(struct ext2 *fs, const struct super *super, bool *only_read) {
    if (super->magic != SUPER_MAGIC) return EXT2_NOT_EXT2;
    TRY(check_features(fs, super, only_read));
    if (super->log_block_size > 2) {
        fs->why = "blocks larger than 4 KiB";
        return EXT2_FEATURE;
    }
    fs->block_shift = 10 + super->log_block_size;
    fs->block_size = 1U << fs->block_shift;
    fs->pointer_shift = fs->block_shift - 2;
    fs->super_at = fs->block_size == SUPER_OFFSET ? 1 : 0;
    fs->first_block = fs->super_at;
    fs->inode_size = super->revision == 0 ? INODE_LEAST_BYTES : super->inode_size;
    fs->first_inode = super->revision == 0 ? 11 : super->first_inode;
    if (!check_sizes(fs, super)) return state_corrupt(fs, "the superblock makes no sense");
    if ((uint64_t)super->blocks_count << fs->block_shift > fs->device.sectors * EXT2_SECTOR)
        return state_corrupt(fs, "the disk is shorter than its file system");
    fs->blocks = super->blocks_count;
    fs->blocks_per_group = super->blocks_per_group;
    fs->inodes_per_group = super->inodes_per_group;
    fs->groups = (uint32_t)(((uint64_t)fs->blocks - fs->first_block + fs->blocks_per_group - 1) / fs->blocks_per_group);
    fs->group_blocks = (uint32_t)(((uint64_t)fs->groups * GROUP_BYTES + fs->block_size - 1) >> fs->block_shift);
    fs->inodes = super->inodes_count;
    const uint64_t shift = fs->pointer_shift;
    fs->file_blocks = INODE_DIRECT + (UINT64_C(1) << shift) + (UINT64_C(1) << 2 * shift) + (UINT64_C(1) << 3 * shift);
    if ((uint64_t)fs->groups * fs->inodes_per_group != fs->inodes || fs->group_blocks + fs->super_at + 1 >= fs->blocks)
        return state_corrupt(fs, "the superblock makes no sense");
    return EXT2_OK;
}

enum ext2_error super_check_groups(struct ext2 *fs) {
    const uint64_t table = ((uint64_t)fs->inodes_per_group * fs->inode_size + fs->block_size - 1) >> fs->block_shift;
    for (uint32_t group = 0; group < fs->groups; group++) {
        struct group *descriptor;
        struct buffer *buffer;
        TRY(group_get(fs, group, &descriptor, &buffer));
        if (!state_is_sound(fs, descriptor->block_bitmap) || !state_is_sound(fs, descriptor->inode_bitmap) ||
            !state_is_sound(fs, descriptor->inode_table) || descriptor->inode_table + table > fs->blocks ||
            descriptor->free_blocks > fs->blocks_per_group || descriptor->free_inodes > fs->inodes_per_group)
            return state_corrupt(fs, "a group descriptor makes no sense");
    }
    return EXT2_OK;
}

enum ext2_error super_count(struct ext2 *fs) {
    uint64_t blocks = 0, inodes = 0;
    for (uint32_t group = 0; group < fs->groups; group++) {
        struct group *descriptor;
        struct buffer *buffer;
        TRY(group_get(fs, group, &descriptor, &buffer));
        blocks += descriptor->free_blocks;
        inodes += descriptor->free_inodes;
    }
    if (blocks > fs->blocks || inodes > fs->inodes)
        return state_corrupt(fs, "the counts of what is free make no sense");
    fs->super->free_blocks = (uint32_t)blocks;
    fs->super->free_inodes = (uint32_t)inodes;
    return EXT2_OK;
}
