// SPDX-License-Identifier: MIT
// What is on the disk: little-endian, as both machines are that this is built for; the journal is big-endian.
#pragma once

#include <stdint.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words of the disk are read as they stand");

enum {
    SUPER_OFFSET = 1024,
    SUPER_BYTES = 1024,
    SUPER_MAGIC = 0xef53,
    SUPER_WHOLE = 1,  // state: unmounted in order
    SUPER_ERRORS = 2, // state: something was found damaged
    GROUP_BYTES = 32,
    INODE_LEAST_BYTES = 128,
    INODE_JOURNAL = 8,
    INODE_POINTERS = 15,
    INODE_DIRECT = 12, // of them; then one that points to pointers, one to such, and one to those
    INODE_EXTRA_BYTES = 32,
    INODE_INDEXED = 0x1000, // flag: the directory has a hash tree in it
    LINKS_LIMIT = 32000,
    ENTRY_HEADER = 8
};

// Features. "Compatible" ones may be ignored; unknown "read-only" ones forbid to write; unknown "incompatible" ones
// all.
enum {
    COMPATIBLE_JOURNAL = 0x4,
    INCOMPATIBLE_FILETYPE = 0x2,
    INCOMPATIBLE_RECOVER = 0x4,
    READ_ONLY_SPARSE = 0x1,
    READ_ONLY_LARGE_FILE = 0x2,
    READ_ONLY_EXTRA_SIZE = 0x40
};

struct super {
    uint32_t inodes_count, blocks_count, reserved_count, free_blocks, free_inodes, first_data_block, log_block_size,
        log_cluster_size, blocks_per_group, clusters_per_group, inodes_per_group, mount_time, write_time;
    uint16_t mounts, mounts_limit, magic, state, errors, minor_revision;
    uint32_t check_time, check_interval, creator, revision;
    uint16_t reserved_user, reserved_group;
    uint32_t first_inode;
    uint16_t inode_size, group_number;
    uint32_t compatible, incompatible, read_only;
    uint8_t uuid[16], label[16], last_mounted[64];
    uint32_t compression;
    uint8_t preallocate, preallocate_directory;
    uint16_t reserved_descriptors;
    uint8_t journal_uuid[16];
    uint32_t journal_inode, journal_device, last_orphan;
    uint32_t hash_seed[4];
    uint8_t hash_version, journal_backup_type;
    uint16_t descriptor_size;
    uint32_t mount_options, first_meta_group, made_time, journal_blocks[17];
    uint32_t blocks_count_high, reserved_count_high, free_blocks_high;
    uint16_t least_extra_size, wanted_extra_size;
    uint32_t flags;
    uint8_t rest[SUPER_BYTES - 0x164];
};
_Static_assert(sizeof(struct super) == SUPER_BYTES, "the superblock");

struct group {
    uint32_t block_bitmap, inode_bitmap, inode_table;
    uint16_t free_blocks, free_inodes, directories, flags;
    uint32_t rest[3];
};
_Static_assert(sizeof(struct group) == GROUP_BYTES, "a group descriptor");

struct inode {
    uint16_t mode, user;
    uint32_t size, accessed, changed, modified, deleted; // `deleted` links the list of orphans
    uint16_t group, links;
    uint32_t sectors, flags, version;
    uint32_t pointers[INODE_POINTERS];
    uint32_t generation, attributes_block, size_high, fragment;
    uint16_t sectors_high, attributes_high, user_high, group_high, checksum_low, reserved;
};
_Static_assert(sizeof(struct inode) == INODE_LEAST_BYTES, "an inode");

// What follows where inodes are larger and extra_size says that it is there.
struct inode_extra {
    uint16_t extra_size, checksum_high;
    uint32_t changed, modified, accessed, created, created_extra, version_high, project;
};
_Static_assert(sizeof(struct inode_extra) == INODE_EXTRA_BYTES, "the rest of an inode");

struct entry {
    uint32_t inode; // 0: free
    uint16_t bytes; // to the next
    uint8_t length; // of the name
    uint8_t type;   // where the feature filetype is; else the high byte of the length, never used
    char name[];
};
_Static_assert(sizeof(struct entry) == ENTRY_HEADER, "the head of an entry");

// ---- the journal, big-endian ----

enum {
    JOURNAL_DESCRIPTOR = 1,
    JOURNAL_COMMIT = 2,
    JOURNAL_SUPER_OLD = 3,
    JOURNAL_SUPER = 4,
    JOURNAL_REVOKE = 5,
    JOURNAL_HEADER = 12,
    JOURNAL_UUID = 16,
    JOURNAL_INCOMPATIBLE_REVOKE = 1,
    TAG_ESCAPED = 1,
    TAG_SAME_UUID = 2,
    TAG_LAST = 8,
    TAG_BYTES = 8
};
#define ATTRIBUTES_MAGIC UINT32_C(0xea020000)

#define JOURNAL_MAGIC UINT32_C(0xc03b3998)

// A word as the journal has it.
struct big {
    uint8_t bytes[4];
};

static inline uint32_t big_get(struct big big) {
    return (uint32_t)big.bytes[0] << 24 | (uint32_t)big.bytes[1] << 16 | (uint32_t)big.bytes[2] << 8 | big.bytes[3];
}

static inline struct big big_of(uint32_t value) {
    return (struct big){{(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value}};
}

struct journal_header {
    struct big magic, type, sequence;
};

struct journal_super {
    struct journal_header header;
    struct big block_size, length, first, sequence, start; // start 0: nothing to replay
    struct big error, compatible, incompatible, read_only;
};

struct journal_tag {
    struct big block;
    uint8_t checksum[2], flags_high, flags;
};
_Static_assert(sizeof(struct journal_tag) == TAG_BYTES, "a tag");

struct journal_revoke {
    struct journal_header header;
    struct big bytes; // in use, this head included
};
