// SPDX-License-Identifier: MIT
// The kernel's own page table, which boot/mapping.c builds; its upper half is that of every space.
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
