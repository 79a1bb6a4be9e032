// SPDX-License-Identifier: MIT
// The proof that the kernel's tables agree with each other.
#pragma once

#include <stdint.h>

// => NULL, or what is wrong; with the kernel locked
const char *kernel_check(void);
// The part of it that is about frames: every one against every list and count.
const char *check_frames(void);
// What is mapped at va in the kernel's own table. => the entry, or 0
uint64_t check_mapped(uint64_t va);
