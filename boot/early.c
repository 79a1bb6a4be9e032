// SPDX-License-Identifier: MIT
// The page table with which the boot hart enters the high half.
#include "early.h"

#include "csr.h"
#include "hart_layout.h"
#include "map.h"

static uint64_t root[PTE_PER_TABLE] __attribute__((aligned(PAGE_SIZE)));
static uint64_t middle[PTE_PER_TABLE] __attribute__((aligned(PAGE_SIZE)));
static uint64_t leaf[PTE_PER_TABLE] __attribute__((aligned(PAGE_SIZE)));

enum { GIGABYTE_BITS = 30 };

// Offsets are differences, and so the same before paging and after.
uint64_t window_rights(uint64_t offset) {
    const uint64_t stacks = (uint64_t)(stacks_start - kernel_start);
    if (offset < (uint64_t)(rodata_start - kernel_start)) return PTE_R | PTE_X;
    if (offset < (uint64_t)(data_start - kernel_start)) return PTE_R;
    if (offset < stacks) return PTE_R | PTE_W;
    if (offset >= (uint64_t)(stacks_end - kernel_start)) return PTE_R;
    return (offset - stacks) % (STACK_GUARD + STACK_SIZE) < STACK_GUARD ? 0 : PTE_R | PTE_W;
}

void early_reach(uint64_t start, uint64_t size) {
    for (uint64_t gigabyte = start >> GIGABYTE_BITS; gigabyte <= (start + size - 1) >> GIGABYTE_BITS; gigabyte++) {
        uint64_t va = DIRECT_BASE + (gigabyte << GIGABYTE_BITS);
        if (va >= DIRECT_BASE + DIRECT_SIZE) return;
        root[pte_index(va, PTE_TOP_LEVEL)] =
            pte_make(pa(gigabyte << GIGABYTE_BITS), PTE_V | PTE_R | PTE_W | PTE_G | PTE_A | PTE_D);
    }
    fence_all();
}

uint64_t early_map(uint64_t tree) {
    uint64_t image = (uint64_t)kernel_start;
    for (uint64_t offset = 0; offset < (uint64_t)(kernel_end - kernel_start); offset += PAGE_SIZE) {
        uint64_t rights = window_rights(offset);
        if (rights != 0)
            leaf[offset >> PAGE_BITS] = pte_make(pa(image + offset), rights | PTE_V | PTE_G | PTE_A | PTE_D);
    }
    middle[pte_index(KERNEL_WINDOW, 1)] = pte_make(pa((uint64_t)leaf), PTE_V);
    root[pte_index(KERNEL_WINDOW, PTE_TOP_LEVEL)] = pte_make(pa((uint64_t)middle), PTE_V);
    early_reach(image, BLOCK_SIZE);
    early_reach(tree, BLOCK_SIZE);
    return SATP_SV39 | (uint64_t)root >> PAGE_BITS;
}
