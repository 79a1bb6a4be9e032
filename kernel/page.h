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

#define PTE_VRWX (PTE_V | PTE_RWX)

// Let the entry say what the info says, keeping A and D. => the entry as it was
static inline uint64_t page_show(const struct slot *slot) {
    uint64_t bits = pte_rights(info_effective(*slot_info(slot)));
    uint64_t old = __atomic_fetch_and(slot->pte, ~PTE_VRWX | bits, __ATOMIC_RELAXED);
    if ((bits & ~old) != 0) __atomic_fetch_or(slot->pte, bits, __ATOMIC_RELAXED);
    return old;
}

static inline void slot_mark_present(const struct slot *slot) {
    slot->info->present[slot->index / 64] |= 1ull << slot->index % 64;
}

// Note what the hardware noted, for both sides, and take it from the entry. => the entry as it was
uint64_t page_harvest(const struct slot *slot, uint64_t bits);

// Put the frame at `at` into the slot, with these rights and PTE_A, PTE_D as given; the frame gains a reference, one
// that was there loses its own. => true when a translation that harts may remember has become untrue
bool page_place(const struct slot *slot, struct pa at, uint64_t rights, uint64_t ceiling, uint64_t noted);

// Put something that is no memory of programs there: it is never counted or freed.
void page_place_device(const struct slot *slot, struct pa at, uint64_t rights);

// Take what is there away; withheld rights and the space's own notes stay. => the entry as it was: with PTE_V, the same
uint64_t page_remove(const struct slot *slot);

// Drop one reference of each of these frames.
void page_drop_all(struct pa at, uint64_t frames);

static inline uint64_t slot_pages(const struct slot *slot) { return slot->level == 0 ? 1 : PAGES_PER_BLOCK; }
