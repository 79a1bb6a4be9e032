// SPDX-License-Identifier: MIT
// The kernel's own image: the names that the linker script defines.
#pragma once

#include "pte.h"

extern const char kernel_start[], rodata_start[], data_start[], stacks_start[], stacks_end[], symbols_start[];
extern const char kernel_end[];

// The rights of the page at this offset of the window: never writable and executable. 0: a guard page.
uint64_t window_rights(uint64_t offset);
