// SPDX-License-Identifier: MIT
// What the harts remember of page tables: address-space numbers and fences.
#include "translation.h"

#include "csr.h"
#include "hart.h"
#include "map.h"
#include "sbi.h"
#include "space.h"

enum {
    NUMBERS = 4096, // of living spaces at one time
    NUMBER_BITS = 16,
    SATP_NUMBER_SHIFT = 44,
};

static uint64_t taken[NUMBERS / 64];
static uint32_t hint = 1;
static bool told_apart; // by the harts; otherwise every switch fences

void translation_init(void) {
    uint64_t satp = csr_read(satp), all = (uint64_t)(NUMBERS - 1) << SATP_NUMBER_SHIFT;
    csr_write(satp, satp | all);
    told_apart = (csr_read(satp) & all) == all;
    csr_write(satp, satp);
    fence_all();
    taken[0] = 1; // the kernel's own table
}

uint32_t translation_take(void) {
    for (uint32_t i = 0; i < NUMBERS; i++) {
        uint32_t number = (hint + i) % NUMBERS;
        if ((taken[number / 64] >> number % 64 & 1) == 0) {
            taken[number / 64] |= 1ull << number % 64;
            hint = number + 1;
            return number;
        }
    }
    return 0;
}

void translation_give(uint32_t number) {
    if (number != 0) taken[number / 64] &= ~(1ull << number % 64);
}

uint64_t translation_satp(uint32_t number, struct pa root) {
    return SATP_SV39 | (told_apart ? (uint64_t)number << SATP_NUMBER_SHIFT : 0) | root.bits >> PAGE_BITS;
}

static void fence_space(const struct space *space) {
    if (told_apart)
        __asm__ volatile("sfence.vma zero, %0" ::"r"((uint64_t)space->translation) : "memory");
    else
        fence_all();
}

void space_fence(struct space *space) {
    if (told_apart) space->stale &= ~hart_here()->bit;
    fence_space(space);
}

void space_leave(struct hart *hart) {
    hart->space = NULL;
    map_enter();
}

static __attribute__((noinline)) void fence_others(uint64_t ids, uint64_t va, uint64_t pages) {
    ring_trace(hart_here(), EVENT_shootdown, va, pages);
    if (ids != 0) sbi_call(SBI_FENCE, 1, ids, 0, va, pages * PAGE_SIZE);
}

void space_shootdown(struct space *space, uint64_t va, uint64_t pages) {
    const struct hart *here = hart_here();
    uint64_t fenced = 0, ids = 0;
    for (const struct hart *hart = harts; hart < harts + hart_count; hart++) {
        if (hart->space != space) continue;
        fenced |= hart->bit;
        if (hart != here) ids |= 1ull << hart->id;
    }
    space->counters.shootdowns++;
    space->stale |= ~fenced;
    if ((fenced & here->bit) != 0) {
        if (pages == 1)
            __asm__ volatile("sfence.vma %0" ::"r"(va) : "memory");
        else
            fence_space(space);
    }
    if (ids != 0 || here->tracing) fence_others(ids, va, pages);
}
