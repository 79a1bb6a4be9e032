// SPDX-License-Identifier: MIT
// Page tables of spaces. Beside every table that can hold leaves stands a second frame, with what the hardware's entry
// has no room for: what is granted, what is withheld, and what each side has yet to hear of A and D.
#pragma once

#include <abi/rights.h>

#include "space.h"

// Of a page: granted rights in the low four bits (abi/rights.h), withheld ones above.
#define INFO_GRANTED        0x000fu
#define INFO_WITHHELD_SHIFT 4
#define INFO_WITHHELD       0x0070u
#define INFO_PRESENT        0x0080u // the entry names a frame, though the hardware may not be let see it
#define INFO_DIRTY_PAGER    0x0100u // was written, and the pager has not heard of it
#define INFO_DIRTY_SELF     0x0200u // nor the space itself
#define INFO_ACCESSED_PAGER 0x0400u
#define INFO_ACCESSED_SELF  0x0800u
#define INFO_DEVICE         0x1000u // not memory: not counted, never a frame

struct table_info {
    uint16_t page[PTE_PER_TABLE];
    uint64_t present[PTE_PER_TABLE / 64];
};

// A page, or at level 1 a large page, in a space's table.
struct slot {
    uint64_t *pte;
    struct table_info *info;
    uint32_t index;
    uint32_t level;
};

static inline uint16_t *slot_info(const struct slot *slot) { return &slot->info->page[slot->index]; }

// Where va stands. => false: there is no table for it
bool table_find(struct space *space, uint64_t va, struct slot *slot);
// The same for a page (level 0) or a large one (level 1); makes tables, and splits a large page on the way.
// => false: quota or memory is exhausted
bool table_make(struct space *space, uint64_t va, unsigned level, struct slot *slot);
// Make the root, with the kernel's half. => false: no memory
bool table_init(struct space *space);
// Free a bounded part of the tables and all that they map. => true when nothing is left
bool table_free(struct space *space);

// The page of va when its leaf table is the one used last, else by walking.
static inline bool table_find_fast(struct space *space, uint64_t va, struct slot *slot) {
    if (va >> BLOCK_BITS != space->leaf_tag) return table_find(space, va, slot);
    slot->index = (uint32_t)pte_index(va, 0);
    slot->pte = space->leaf + slot->index;
    slot->info = space->leaf_info;
    slot->level = 0;
    return true;
}
