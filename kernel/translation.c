// SPDX-License-Identifier: MIT
// What the harts remember of page tables: address-space numbers and fences.
#include "sbi.h"
#include "space.h"

enum { NUMBERS = 4096 }; // of living spaces at one time

static bool taken[NUMBERS];

// Whose pages are to be forgotten, and which; NULL: none.
static struct space *owed;
static uint64_t owed_va, owed_size;

uint64_t translation_take(struct pa root) {
    // 0 is the kernel's own table's.
    for (uint64_t number = 1; number < NUMBERS; number++) {
        if (taken[number]) continue;
        taken[number] = true;
        return SATP_SV39 | number << SATP_NUMBER_SHIFT | root.bits >> PAGE_BITS;
    }
    return 0;
}

void translation_give(uint64_t satp) { taken[satp << 4 >> 48] = false; }

void space_leave(void) {
    hart_here()->space = NULL;
    csr_write(satp, entry_root);
    fence_all();
}

void translation_forget(struct space *space, uint64_t va, uint64_t pages) {
    if (owed != space) translation_settle();
    bool more = owed != NULL; // than one range: the whole space
    owed = space;
    owed_va = more ? 0 : va;
    owed_size = more ? USER_END : pages * PAGE_SIZE;
}

void translation_settle(void) {
    struct space *space = owed;
    if (space == NULL) return;
    struct hart *here = hart_here();
    uint64_t running = 0, ids = 0;
    owed = NULL;
    for (const struct hart *hart = harts; hart < harts + hart_count; hart++) {
        if (hart->space != space) continue;
        running |= hart->bit;
        if (hart != here) ids |= 1ull << hart->id;
    }
    space->counters.shootdowns++;
    space_owe(space, ~running);
    if (here->space == space) {
        if (owed_size == PAGE_SIZE)
            __asm__ volatile("sfence.vma %0" ::"r"(owed_va) : "memory");
        else
            __asm__ volatile("sfence.vma zero, %0" ::"r"(space->whole_satp << 4 >> 48) : "memory");
    }
    ring_trace(here, EVENT_shootdown, owed_va, owed_size / PAGE_SIZE);
    if (ids != 0) sbi_call(SBI_FENCE, 1, ids, 0, owed_va, owed_size);
}
