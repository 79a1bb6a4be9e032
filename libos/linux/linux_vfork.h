// SPDX-License-Identifier: MIT
// vfork: a child in its parent's memory, until it executes a program or ends.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// As clone with CLONE_VM and CLONE_VFORK, from there: from now on the calling thread plays the child. => false: one is
// played already
bool vfork_begin(uint64_t flags, uint64_t stack, uint64_t parent_number, uint64_t storage);
// Does the calling thread play one?
bool vfork_is_played(void);
// There is a child from now on, which makes the call that this thread is in, once more; this thread is the parent.
void vfork_end(void);
// In a forked child.
void vfork_forked(void);
