// SPDX-License-Identifier: MIT
// What calls on names have in common.
#pragma once

#include "ext2_directory.h"

enum { NAME_BUFFERS = 40 }; // the most that a call on names dirties

// => NAME_TOO_LONG; INVALID for what no entry can be called, and `.` and `..`, which cannot be made or taken away
enum ext2_error name_check(struct ext2_name name);

// Finds a name in a directory that is in use. => OK also when it is not there
enum ext2_error name_find(struct ext2 *fs, uint32_t directory, struct ext2_name name, struct place *place);

// The inode of a name that was found. => CORRUPT when it is not in use
enum ext2_error name_inode(struct ext2 *fs, const struct place *place, struct inode **inode);

// Whether the disk has room for a name that name_find did not find, and `more` blocks.
enum ext2_error name_has_room(struct ext2 *fs, uint32_t directory, const struct place *place, uint32_t more);

// One link more or less, in the running transaction.
enum ext2_error links_change(struct ext2 *fs, uint32_t number, int change);

// The inode has lost a name; a directory's parent loses its `..` too. => *orphan as in ext2_unlink
enum ext2_error name_lost(struct ext2 *fs, uint32_t number, uint32_t parent, uint32_t *orphan);
