// SPDX-License-Identifier: MIT
// What the harts remember of page tables: address-space numbers and fences.
#pragma once

#include "csr.h"
#include "hart.h"
#include "space.h"

// Find out how many address-space numbers the harts tell apart.
void translation_init(void);
// A number that no other space has; 0: none is left
uint32_t translation_take(void);
void translation_give(uint32_t number);
uint64_t translation_satp(uint32_t number, struct pa root);

// This hart translates by the space's page table from now on.
static inline void space_enter(struct hart *hart, struct space *space)
{
    csr_write(satp, space->satp);
    hart->space = space;
    space->counters.switches++;
    if (__builtin_expect((space->stale & hart->bit) != 0, 0))
        space_fence(space);
}
