// SPDX-License-Identifier: MIT
// A range of one space's pages, worked through in runs.
#include "extent.h"

#include "page.h"

struct stale *stale_owed;

enum status run_find(struct space *space, uint64_t va, uint64_t pages, bool make, struct run *run) {
    uint64_t left = PTE_PER_TABLE - pte_index(va, 0);
    run->count = pages < left ? pages : left;
    if (!table_find_fast(space, va, &run->slot)) {
        if (!make) return STATUS_ABSENT;
        return table_make(space, va, 0, &run->slot) ? STATUS_OK : STATUS_NO_MEMORY;
    }
    if (run->slot.level == 0 || run->count == PAGES_PER_BLOCK) return STATUS_OK;
    return table_make(space, va, 0, &run->slot) ? STATUS_OK : STATUS_NO_MEMORY;
}

// Note what was there: rights, and what the one who asks has not yet heard of writing.
static void note_found(const struct extent *extent, const struct slot *slot, uint64_t page, struct found *found) {
    uint16_t info = *slot_info(slot);
    if ((info & INFO_PRESENT) == 0) return;
    found->rights |= info_granted(info);
    bool dirty = (*slot->pte & PTE_D) != 0 || (info & (extent->own ? INFO_DIRTY_SELF : INFO_DIRTY_PAGER)) != 0;
    if (page < BATCH_PAGES && dirty) found->dirty |= 1ull << page;
}

void run_note(const struct extent *extent, const struct run *run, uint64_t first, struct found *found) {
    struct run one = *run;
    for (uint64_t i = 0; i < run->count; i++) {
        note_found(extent, &one.slot, first + i, found);
        if (one.slot.level == 0) {
            one.slot.pte++;
            one.slot.index++;
        }
    }
}
