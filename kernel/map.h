// SPDX-License-Identifier: MIT
// Page-table entries of Sv39; the kernel's own image and page table, which boot/mapping.c builds.
#pragma once

#include "csr.h"

#define PTE_V 0x01ull
#define PTE_R 0x02ull
#define PTE_W 0x04ull
#define PTE_X 0x08ull
#define PTE_U 0x10ull
#define PTE_G 0x20ull
#define PTE_A 0x40ull
#define PTE_D 0x80ull

#define PTE_RWX 0x0eull

enum { PTE_PER_TABLE = 512, PTE_TOP_LEVEL = 2 };

static inline uint64_t pte_make(struct pa at, uint64_t bits) { return at.bits >> PAGE_BITS << 10 | bits; }

static inline struct pa pte_pa(uint64_t pte) { return pa(pte << 10 >> 20 << PAGE_BITS); }

// Which entry of a table of this level (0: pages, 1: 2 MiB, 2: 1 GiB) stands for va.
static inline uint64_t pte_index(uint64_t va, unsigned level) {
    return va >> (PAGE_BITS + 9 * level) & (PTE_PER_TABLE - 1);
}

extern uint64_t entry_root; // the satp of the kernel's own table, whose upper half is that of every space

static inline uint64_t *map_root(void) { return direct(pa(entry_root << 20 >> 20 << PAGE_BITS)); }

// The names that the linker script defines.
extern const char kernel_start[], rodata_start[], data_start[], stacks_start[], stacks_end[], symbols_start[];
extern const char kernel_end[];
