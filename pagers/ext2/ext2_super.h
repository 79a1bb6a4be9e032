// SPDX-License-Identifier: MIT
// What the superblock and the group descriptors say about the shape of the file system.
#pragma once

#include "ext2_state.h"

// Checks what the superblock says and takes it over. => NOT_EXT2, FEATURE, CORRUPT
// => *only_read: it has a feature that allows no more than reading
enum ext2_error super_take(struct ext2 *fs, const struct super *super, bool *only_read);

// Whether every group has its parts on the disk.
enum ext2_error super_check_groups(struct ext2 *fs);

// Counts what is free: another system keeps the sum in memory.
enum ext2_error super_count(struct ext2 *fs);
