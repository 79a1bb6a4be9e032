// SPDX-License-Identifier: MIT
// A mounted file system in memory, for the files that make it up.
#pragma once

#include "ext2.h"
#include "ext2_disk.h"
#include "list.h"

enum {
    BUFFERS_LASTING = 24, // see buffer_get
    FREED_RUNS = 256,
    HINTS = 16,
    SPOTS = 16,
    NO_BLOCK =
        0 // as a pointer on the disk, and as a buffer that holds none: its block is the superblock's, or no one's
};

// In which order a commit without journal writes: what is pointed to before what points to it.
enum buffer_kind { KIND_BASE, KIND_INODES, KIND_NAMES, BUFFER_KINDS };

struct buffer {
    struct link link;    // among the recently used, the least first; or among the dirty
    struct buffer *next; // with the same hash
    uint8_t *data;
    uint32_t block; // NO_BLOCK: none
    bool dirty;
    uint8_t kind;
};

struct freed_run {
    uint32_t first, count;
};

// Where the last blocks of a file went, so that the next ones follow.
struct hint {
    uint32_t inode, block;
    uint64_t file_block;
};

// Where an inode was found, and the block of pointers that was last used for it: good as long as the buffers hold the
// same blocks, and forgotten when blocks are taken from the inode.
struct spot {
    uint32_t number, block; // 0: none
    struct inode *inode;
    struct buffer *buffer, *leaf;
    uint64_t leaf_first; // the file blocks that have their pointers there
    uint32_t leaf_count, leaf_block;
};

struct ext2 {
    struct ext2_device device;
    const char *why; // it is read-only, or could not be mounted
    bool read_only, failed;

    // The superblock, and what was checked of it; that is not read from it again.
    struct super *super;
    uint8_t *super_block, *journal_block, *scratch; // blocks of their own: two superblocks; where the first one is
    uint32_t super_at;
    uint32_t block_size, block_shift, pointer_shift;
    uint32_t blocks, inodes, first_block, blocks_per_group, inodes_per_group, groups, group_blocks, inode_size,
        first_inode;
    uint64_t file_blocks; // the most that pointers reach
    bool types, journal;  // entries have types; there is a journal

    // Buffers.
    struct link recent, dirty;
    struct buffer *buffers, **heads;
    uint32_t buffer_count, head_mask, dirty_count;
    bool super_dirty;

    // The running transaction.
    uint32_t dirty_limit;
    bool changed;                       // by the running call
    struct freed_run freed[FREED_RUNS]; // blocks that are not to be used before it is committed
    uint32_t freed_count;
    uint64_t freed_blocks, reserved;

    struct hint hints[HINTS];
    struct spot spots[SPOTS];

    // The journal's own blocks are numbered from 0, its superblock.
    uint32_t journal_first, journal_length, journal_head, journal_sequence;
    bool journal_error; // it says that somebody gave up
};

// To the caller, if something is wrong.
#define TRY(call)                                   \
    do {                                            \
        enum ext2_error try_error = (call);         \
        if (try_error != EXT2_OK) return try_error; \
    } while (0)

// Nothing is written from now on. => CORRUPT
enum ext2_error state_corrupt(struct ext2 *fs, const char *why);

// The device failed, or a call in the middle of its work: the same without calling the disk damaged.
void state_fail(struct ext2 *fs, const char *why);

// Whether a pointer of an inode may be `block`: not the superblock, not the group descriptors, not past the end.
static inline bool state_is_sound(const struct ext2 *fs, uint32_t block) {
    return block > fs->super_at + fs->group_blocks && block < fs->blocks;
}

static inline uint32_t state_minimum(uint64_t left, uint32_t right) { return left < right ? (uint32_t)left : right; }
