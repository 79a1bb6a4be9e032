// SPDX-License-Identifier: MIT
// What is done to one page of a space's table.
#include "page.h"

void page_drop_all(struct pa at, uint64_t frames) {
    for (struct frame *frame = frame_at(at); frames != 0; frames--, frame++) {
        if (--frame->references == 0) space_frame_free(frame);
    }
}

// What both sides have yet to hear of these bits of an entry.
static uint16_t notes_of(uint64_t bits) {
    return (uint16_t)(((bits & PTE_D) != 0 ? INFO_DIRTY_PAGER | INFO_DIRTY_SELF : 0) |
                      ((bits & PTE_A) != 0 ? INFO_ACCESSED_PAGER | INFO_ACCESSED_SELF : 0));
}

uint64_t page_harvest(const struct slot *slot, uint64_t bits) {
    uint64_t old = *slot->pte;
    if ((old & bits) == 0) return old;
    old = __atomic_fetch_and(slot->pte, ~bits, __ATOMIC_RELAXED);
    *slot_info(slot) |= notes_of(old & bits);
    return old;
}

bool page_place(const struct slot *slot, struct pa at, uint64_t rights, uint64_t ceiling, uint64_t noted) {
    uint16_t *info = slot_info(slot);
    bool had = (*info & INFO_PRESENT) != 0, was_memory = had && (*info & INFO_DEVICE) == 0;
    bool same = had && pte_pa(*slot->pte).bits == at.bits;
    uint64_t kept = *info & ~(uint64_t)(INFO_GRANTED | INFO_DEVICE | 7u << INFO_CEILING_SHIFT);
    *info = (uint16_t)(kept | rights | (ceiling & RIGHTS_ACCESS) << INFO_CEILING_SHIFT | INFO_PRESENT);
    if (same) return (page_show(slot) & PTE_RWX & ~pte_rights(info_effective(*info))) != 0;
    for (uint64_t i = 0; i < slot_pages(slot); i++) frame_at(at)[i].references++;
    uint64_t pte = pte_make(at, pte_rights(info_effective(*info)) | PTE_U | noted);
    uint64_t old = __atomic_exchange_n(slot->pte, pte, __ATOMIC_RELAXED);
    *info |= had ? notes_of(old) : 0;
    slot_mark_present(slot);
    if (was_memory) page_drop_all(pte_pa(old), slot_pages(slot));
    return (old & PTE_V) != 0;
}

void page_place_device(const struct slot *slot, struct pa at, uint64_t rights) {
    uint16_t *info = slot_info(slot);
    *info = (uint16_t)((*info & INFO_WITHHELD) | rights | INFO_PRESENT | INFO_DEVICE);
    *slot->pte = pte_make(at, pte_rights(info_effective(*info)) | PTE_U | PTE_A | PTE_D);
    slot_mark_present(slot);
}

uint64_t page_remove(const struct slot *slot) {
    uint16_t *info = slot_info(slot);
    if ((*info & INFO_PRESENT) == 0) return 0;
    // In one step: what the hardware notes until then is in the old entry, and then it notes no more.
    uint64_t old = __atomic_exchange_n(slot->pte, 0, __ATOMIC_RELAXED);
    bool is_memory = (*info & INFO_DEVICE) == 0;
    *info = (uint16_t)((*info | notes_of(old)) & (INFO_WITHHELD | INFO_DIRTY_SELF | INFO_ACCESSED_SELF));
    slot->info->present[slot->index / 64] &= ~(1ull << slot->index % 64);
    if (is_memory) page_drop_all(pte_pa(old), slot_pages(slot));
    return old;
}
