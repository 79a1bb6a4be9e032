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
#define INFO_ACCESSED_PAGER 0x0100u // was touched, and the pager has not heard of it; in this order by straight.S too
#define INFO_DIRTY_PAGER    0x0200u // written
#define INFO_ACCESSED_SELF  0x0400u // nor the space itself
#define INFO_DIRTY_SELF     0x0800u
#define INFO_DEVICE_BIT     12
#define INFO_DEVICE         0x1000u // not memory: not counted, never a frame
#define INFO_CEILING_SHIFT  13      // rights to which the pager may raise its grant: those that its own page had

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

// ---- what is done to one page: what the hardware sees is granted less withheld ----

static inline bool pages_are_valid(uint64_t va, uint64_t pages) {
    return va % PAGE_SIZE == 0 && va < USER_END && pages != 0 && pages <= (USER_END - va) / PAGE_SIZE;
}

static inline bool rights_are_valid(uint64_t rights, uint64_t allowed) {
    return (rights & ~allowed) == 0 && ((rights & RIGHT_WRITE) == 0 || (rights & RIGHT_READ) != 0);
}

static inline uint64_t info_granted(uint16_t info) { return info & INFO_GRANTED; }

static inline uint64_t info_withheld(uint16_t info) { return (info & INFO_WITHHELD) >> INFO_WITHHELD_SHIFT; }

// Rights that the program has: no writing without reading, for the hardware knows none.
static inline uint64_t info_effective(uint16_t info) {
    uint64_t rights = info_granted(info) & ~info_withheld(info) & RIGHTS_ACCESS;
    return (rights & RIGHT_READ) != 0 ? rights : rights & RIGHT_EXECUTE;
}

// The bits of an entry that say so. Without any right the entry is not valid, and yet names its frame.
static inline uint64_t pte_rights(uint64_t effective) { return effective << 1 | (effective != 0 ? PTE_V : 0); }

static inline uint64_t slot_pages(const struct slot *slot) { return slot->level == 0 ? 1 : PAGES_PER_BLOCK; }

// All rights but these taken: the space withholds them, or its pager grants them no longer.
static inline uint16_t info_lower(uint16_t info, bool withhold, uint64_t rights) {
    uint64_t lost = RIGHTS_ACCESS & ~rights;
    return (uint16_t)(withhold ? info | lost << INFO_WITHHELD_SHIFT : info & ~lost);
}

// The bits of an entry that go then. The rights are valid: without READ goes WRITE.
static inline uint64_t pte_lost(uint64_t rights) { return (RIGHTS_ACCESS & ~rights) << 1; }

// Lower a small page's rights to these. => its entry as it was, 0: nothing is there
static inline uint64_t page_lower(uint64_t *pte, uint16_t *info, bool withhold, uint64_t rights) {
    uint16_t before = *info;
    *info = info_lower(before, withhold, rights);
    if ((before & INFO_PRESENT) == 0) return 0;
    uint64_t old = __atomic_fetch_and(pte, ~pte_lost(rights), __ATOMIC_RELAXED);
    if ((old & rights << 1) == 0) __atomic_fetch_and(pte, ~PTE_V, __ATOMIC_RELAXED);
    return old;
}

// Withhold these rights no longer, and grant those.
static inline void page_raise(uint64_t *pte, uint16_t *info, uint64_t withheld, uint64_t granted) {
    *info = (uint16_t)((*info & ~(withheld << INFO_WITHHELD_SHIFT)) | granted);
    if ((*info & INFO_PRESENT) != 0) __atomic_fetch_or(pte, pte_rights(info_effective(*info)), __ATOMIC_RELAXED);
}

// Let the entry say what the info says, keeping A and D. => true when a right went
bool page_show(const struct slot *slot);

// Note what the hardware noted, for both sides, and take it from the entry. => the entry as it was
uint64_t page_harvest(const struct slot *slot, uint64_t bits);

// Put the frame at `at` into the slot, with these rights and PTE_A, PTE_D as given; the frame gains a reference, one
// that was there loses its own. With INFO_DEVICE among the rights it is no memory of programs: never counted or freed.
// => true when a translation that harts may remember has become untrue
bool page_place(const struct slot *slot, struct pa at, uint64_t rights, uint64_t ceiling, uint64_t noted);

// Take what is there away; withheld rights and the space's own notes stay. => the entry as it was, 0: nothing was there
uint64_t page_remove(const struct slot *slot);

// Drop one reference of each of these frames.
void page_drop_all(struct pa at, uint64_t frames);
