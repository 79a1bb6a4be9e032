// SPDX-License-Identifier: MIT
// The proof that the kernel's tables agree with each other. Debug builds and kernels with tests of their own have it.
#pragma once

#include <stddef.h>

#include "console.h"

// Every entry of every page table against every frame's references, and every account against the frames that it pays
// for; lists of free frames, and the kernel's own window. => NULL, or what is wrong; with the kernel locked
const char *kernel_check(void) __attribute__((weak));
// The part of it that is about free frames.
const char *check_frames(void);
// What is mapped at va in the kernel's own table. => the entry, or 0
uint64_t check_mapped(uint64_t va);

static inline void check_now(void) {
    const char *wrong = kernel_check == NULL ? NULL : kernel_check();
    if (wrong != NULL) panic("kernel_check: %s", wrong);
}
