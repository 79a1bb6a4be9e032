// SPDX-License-Identifier: MIT
// The list of inodes whose end a power cut must not prevent: without a name, or being cut.
#pragma once

#include "ext2_state.h"

// In the running transaction; the inode is not in the list.
enum ext2_error orphan_add(struct ext2 *fs, uint32_t number);

// => CORRUPT when it is not in the list
enum ext2_error orphan_remove(struct ext2 *fs, uint32_t number);

// At mount: ends all that is in the list.
enum ext2_error orphans_end(struct ext2 *fs);
