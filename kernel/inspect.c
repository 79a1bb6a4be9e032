// SPDX-License-Identifier: MIT
// What was written, what was touched, what is there.
#include "inspect.h"

#include "page.h"
#include "region.h"

// What inspect_dirty asks about: a bit of the entry, and the note of it that the asker has not heard.
struct question {
    uint64_t bit;
    uint16_t note;
};

static struct question question_of(const struct extent *extent, uint64_t what) {
    if ((what & DIRTY_ACCESSED) != 0)
        return (struct question){PTE_A, extent->own ? INFO_ACCESSED_SELF : INFO_ACCESSED_PAGER};
    return (struct question){PTE_D, extent->own ? INFO_DIRTY_SELF : INFO_DIRTY_PAGER};
}

static void tell_run(const struct run *run, struct question question, uint64_t first, uint64_t *bitmap) {
    struct slot slot = run->slot;
    for (uint64_t page = first; page < first + run->count; page++) {
        if ((*slot.pte & question.bit) != 0 || (*slot_info(&slot) & question.note) != 0)
            bitmap[page / 64] |= 1ull << page % 64;
        if (slot.level == 0) {
            slot.pte++;
            slot.index++;
        }
    }
}

static void clear_run(const struct extent *extent, const struct run *run, struct question question, uint64_t va,
                      struct stale *stale) {
    struct slot slot = run->slot;
    for (uint64_t i = 0; i < (slot.level == 0 ? run->count : 1); i++, slot.pte++, slot.index++) {
        uint64_t old = page_harvest(&slot, question.bit);
        *slot_info(&slot) &= (uint16_t)~question.note;
        if ((old & PTE_V) != 0 && (old & question.bit) != 0)
            stale_add(stale, extent->space, va + i * PAGE_SIZE, slot_pages(&slot));
    }
}

enum status inspect_dirty(const struct extent *extent, uint64_t what, uint64_t *bitmap, struct stale *stale,
                          uint64_t *done) {
    struct question question = question_of(extent, what);
    struct run run;
    for (*done = 0; *done < extent->pages; *done += run.count) {
        uint64_t va = extent->va + *done * PAGE_SIZE;
        enum status status = run_find(extent->space, va, extent->pages - *done, false, &run);
        if (status == STATUS_NO_MEMORY) return status;
        if (status == STATUS_ABSENT) continue;
        tell_run(&run, question, *done, bitmap);
        if ((what & DIRTY_KEEP) == 0) clear_run(extent, &run, question, va, stale);
    }
    return STATUS_OK;
}

static uint64_t state_of(const struct extent *extent, const struct slot *slot) {
    uint16_t info = *slot_info(slot);
    uint64_t state = (uint64_t)(info & INFO_WITHHELD);
    if ((info & INFO_PRESENT) == 0) return state;
    struct question dirty = question_of(extent, DIRTY_WRITTEN), accessed = question_of(extent, DIRTY_ACCESSED);
    uint64_t pte = *slot->pte;
    state |= info_granted(info) | PAGE_PRESENT | (slot->level == 1 ? PAGE_LARGE : 0);
    state |= (pte & dirty.bit) != 0 || (info & dirty.note) != 0 ? PAGE_DIRTY : 0;
    state |= (pte & accessed.bit) != 0 || (info & accessed.note) != 0 ? PAGE_ACCESSED : 0;
    if ((info & INFO_DEVICE) == 0) state |= (uint64_t)frame_at(pte_pa(pte))->owner << 32;
    return state;
}

void inspect_query(const struct extent *extent, uint64_t *state) {
    for (uint64_t i = 0; i < extent->pages; i++) {
        uint64_t va = extent->va + i * PAGE_SIZE;
        struct slot slot;
        state[i] = table_find_fast(extent->space, va, &slot) ? state_of(extent, &slot) : 0;
        const struct region *region = region_find(extent->space, va);
        if (region != NULL) state[i] |= PAGE_REGION | (region->port == NULL ? PAGE_SELF : 0);
    }
}
