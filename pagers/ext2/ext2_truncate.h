// SPDX-License-Identifier: MIT
// Taking blocks from a file.
#pragma once

#include "ext2_state.h"

// Ends what a power cut interrupted: an orphan that has names is cut to its size, and leaves the list.
enum ext2_error truncate_again(struct ext2 *fs, uint32_t number);
