// SPDX-License-Identifier: MIT
// The kernel's own image and page table, which boot/mapping.c builds; its upper half is that of every space.
#pragma once

#include "csr.h"
#include "pte.h"

extern uint64_t entry_root; // its satp

static inline uint64_t *map_root(void) { return direct(pa(entry_root << 20 >> 20 << PAGE_BITS)); }

// Enter it on this hart.
static inline void map_enter(void) {
    csr_write(satp, entry_root);
    fence_all();
}

// The names that the linker script defines.
extern const char kernel_start[], rodata_start[], data_start[], stacks_start[], stacks_end[], symbols_start[];
extern const char kernel_end[];

// The rights of the page at this offset of the window: never writable and executable. 0: a guard page.
uint64_t window_rights(uint64_t offset);
