// SPDX-License-Identifier: MIT
// What is done to one page of a space's table. What the hardware sees is granted less withheld.
#pragma once

#include "table.h"

#define INFO_CEILING_SHIFT 13 // rights to which the pager may raise its grant: those that its own page had

static inline uint64_t info_granted(uint16_t info) { return info & INFO_GRANTED; }

static inline uint64_t info_withheld(uint16_t info) { return (info & INFO_WITHHELD) >> INFO_WITHHELD_SHIFT; }

static inline uint64_t info_ceiling(uint16_t info) { return (uint64_t)info >> INFO_CEILING_SHIFT; }

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
