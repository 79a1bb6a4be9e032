// SPDX-License-Identifier: MIT
// What is done to one page of a space's table.
#include "table.h"

void page_drop_all(struct pa at, uint64_t frames) {
    for (struct frame *frame = frame_at(at); frames != 0; frames--, frame++) {
        if (--frame->references == 0) space_frame_free(frame);
    }
}

// What both sides have yet to hear of these bits of an entry.
static uint64_t notes_of(uint64_t bits) {
    return ((bits & PTE_D) != 0 ? INFO_DIRTY_PAGER | INFO_DIRTY_SELF : 0) |
           ((bits & PTE_A) != 0 ? INFO_ACCESSED_PAGER | INFO_ACCESSED_SELF : 0);
}

uint64_t page_harvest(const struct slot *slot, uint64_t bits) {
    uint64_t old = *slot->pte;
    if ((old & bits) == 0) return old;
    old = __atomic_fetch_and(slot->pte, ~bits, __ATOMIC_RELAXED);
    *slot_info(slot) |= (uint16_t)notes_of(old & bits);
    return old;
}

bool page_show(const struct slot *slot) {
    uint64_t bits = pte_rights(info_effective(*slot_info(slot)));
    // More first: a valid entry without rights would lead a large page's readers on to a next table.
    __atomic_fetch_or(slot->pte, bits, __ATOMIC_RELAXED);
    return (__atomic_fetch_and(slot->pte, ~(PTE_V | PTE_RWX) | bits, __ATOMIC_RELAXED) & ~bits & PTE_RWX) != 0;
}

uint64_t page_remove(const struct slot *slot) {
    uint16_t *info = slot_info(slot), before = *info;
    if ((before & INFO_PRESENT) == 0) return 0;
    // In one step: what the hardware notes until then is in the old entry, and then it notes no more.
    uint64_t old = __atomic_exchange_n(slot->pte, 0, __ATOMIC_RELAXED);
    *info = (uint16_t)((before | notes_of(old)) & (INFO_WITHHELD | INFO_DIRTY_SELF | INFO_ACCESSED_SELF));
    slot->info->present[slot->index / 64] &= ~(1ull << slot->index % 64);
    if ((before & INFO_DEVICE) == 0) page_drop_all(pte_pa(old), slot_pages(slot));
    return old;
}

bool page_place(const struct slot *slot, struct pa at, uint64_t rights, uint64_t ceiling, uint64_t noted) {
    uint64_t before = *slot_info(slot), old = 0;
    uint64_t kept = before & ~(uint64_t)(INFO_GRANTED | INFO_DEVICE | 7u << INFO_CEILING_SHIFT);
    bool had = (before & INFO_PRESENT) != 0, same = had && pte_pa(*slot->pte).bits == at.bits;
    if (had && !same) old = page_remove(slot); // and what is noted of it stays
    *slot_info(slot) =
        (uint16_t)(kept | notes_of(old) | rights | (ceiling & RIGHTS_ACCESS) << INFO_CEILING_SHIFT | INFO_PRESENT);
    if (same) return page_show(slot);
    if ((rights & INFO_DEVICE) != 0)
        noted |= PTE_A | PTE_D;
    else
        for (uint64_t i = 0; i < slot_pages(slot); i++) frame_at(at)[i].references++;
    *slot->pte = pte_make(at, pte_rights(info_effective(*slot_info(slot))) | PTE_U | noted);
    slot->info->present[slot->index / 64] |= 1ull << slot->index % 64;
    return (old & PTE_V) != 0;
}
