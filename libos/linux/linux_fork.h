// SPDX-License-Identifier: MIT
// A process becomes two.
#pragma once

#include <stdint.h>

// As clone without CLONE_THREAD, from there: all registers are in the level. => the child's number, or a negative error
int64_t linux_fork(uint64_t flags, uint64_t stack, uint64_t parent_number, uint64_t storage, uint64_t number);
// The child makes the call that the thread is in. => the same
int64_t linux_fork_again(void);
