// SPDX-License-Identifier: MIT
// Pages given, shared and taken away. A range is worked through in runs.
#include "memory.h"

#include "page.h"
#include "string.h"

static bool is_large_step(uint64_t va, uint64_t pages) { return va % BLOCK_SIZE == 0 && pages >= PAGES_PER_BLOCK; }

static struct frame *take_frames(struct space *payer, uint64_t count) {
    if (!space_can_pay(payer, count)) return NULL;
    struct frame *first = count == 1 ? frame_allocate_zeroed() : frame_allocate_block();
    return first;
}

// One page, or one large page where the range and the memory allow it. => pages mapped, 0: no memory
static uint64_t alloc_step(struct space *mine, uint64_t va, uint64_t pages, uint64_t rights, struct space *payer,
                           enum status *status) {
    struct slot slot;
    struct frame *first = NULL;
    uint64_t count = PAGES_PER_BLOCK;
    *status = STATUS_NO_MEMORY;
    if (is_large_step(va, pages) && table_make(mine, va, 1, &slot) && *slot.pte == 0) first = take_frames(payer, count);
    if (first == NULL) {
        count = 1;
        if (!table_make(mine, va, 0, &slot)) return 0;
        if ((*slot_info(&slot) & INFO_PRESENT) != 0) {
            *status = STATUS_TAKEN;
            return 0;
        }
        first = take_frames(payer, count);
    }
    if (first == NULL) return 0;
    for (uint64_t i = 0; i < count; i++) {
        space_pay(payer, &first[i]);
        first[i].kind = FRAME_USER;
        first[i].owner = space_number(mine);
    }
    if (count == PAGES_PER_BLOCK) memset(direct(frame_pa(first)), 0, BLOCK_SIZE);
    page_place(&slot, frame_pa(first), rights | RIGHT_SHARE, RIGHTS_ACCESS, 0);
    return count;
}

enum status memory_alloc(struct space *mine, uint64_t va, uint64_t pages, uint64_t rights, struct space *payer,
                         uint64_t *done) {
    enum status status = STATUS_OK;
    uint64_t step;
    for (*done = 0; *done < pages; *done += step) {
        step = alloc_step(mine, va + *done * PAGE_SIZE, pages - *done, rights, payer, &status);
        if (step == 0) return status;
    }
    return STATUS_OK;
}

// The page at `from` in my space, if I may give it with these rights.
static enum status find_source(struct space *mine, uint64_t from, uint64_t rights, struct slot *source, struct pa *at) {
    if (!table_find_fast(mine, from, source) || (*slot_info(source) & INFO_PRESENT) == 0) return STATUS_ABSENT;
    uint16_t info = *slot_info(source);
    if ((info & RIGHT_SHARE) == 0 || (rights & ~info_granted(info)) != 0) return STATUS_DENIED;
    at->bits = pte_pa(*source->pte).bits + (source->level == 0 ? 0 : align_down(from % BLOCK_SIZE, PAGE_SIZE));
    return STATUS_OK;
}

enum status memory_map(struct space *mine, uint64_t from, const struct extent *to, uint64_t rights, uint64_t noted,
                       struct stale *stale, uint64_t *done) {
    uint64_t step;
    for (*done = 0; *done < to->pages; *done += step) {
        uint64_t va = to->va + *done * PAGE_SIZE, at_mine = from + *done * PAGE_SIZE;
        struct slot source, slot;
        struct pa at;
        enum status status = find_source(mine, at_mine, rights, &source, &at);
        if (status != STATUS_OK) return status;
        uint16_t info = *slot_info(&source); // what follows may split the large page that it stands for
        bool large = source.level == 1 && is_large_step(va, to->pages - *done) && at_mine % BLOCK_SIZE == 0 &&
                     table_make(to->space, va, 1, &slot) && *slot.pte == 0;
        if (!large && !table_make(to->space, va, 0, &slot)) return STATUS_NO_MEMORY;
        step = large ? PAGES_PER_BLOCK : 1;
        if ((info & INFO_DEVICE) != 0) {
            if ((page_remove(&slot) & PTE_V) != 0) stale_add(stale, to->space, va, step);
            page_place_device(&slot, at, rights);
        } else if (page_place(&slot, at, rights, info_granted(info), noted))
            stale_add(stale, to->space, va, step);
    }
    return STATUS_OK;
}

enum status memory_unmap(const struct extent *extent, struct stale *stale, struct found *found, uint64_t *done) {
    struct run run;
    for (*done = 0; *done < extent->pages; *done += run.count) {
        uint64_t va = extent->va + *done * PAGE_SIZE;
        enum status status = run_find(extent->space, va, extent->pages - *done, false, &run);
        if (status == STATUS_NO_MEMORY) return status;
        if (status == STATUS_ABSENT) continue;
        // What is withheld, and what the space has not heard of, is kept page by page.
        if (run.slot.level == 1 && !table_make(extent->space, va, 0, &run.slot)) return STATUS_NO_MEMORY;
        if (found != NULL) run_note(extent, &run, *done, found);
        struct slot slot = run.slot;
        for (uint64_t i = 0; i < run.count; i++, slot.pte++, slot.index++) {
            uint64_t old = page_remove(&slot);
            if ((old & PTE_D) != 0 && found != NULL && *done + i < BATCH_PAGES)
                found->dirty |= 1ull << (*done + i); // written since it was looked at
            if ((old & PTE_V) != 0) stale_add(stale, extent->space, va + i * PAGE_SIZE, 1);
        }
    }
    return STATUS_OK;
}

enum {
    EMPTY_BLOCKS_PER_CALL = 64,
};

uint64_t memory_remove(struct space *space, uint64_t va, uint64_t pages) {
    struct slot slot;
    uint64_t done = 0;
    for (unsigned blocks = 0; done < pages && blocks < EMPTY_BLOCKS_PER_CALL; blocks++) {
        uint64_t at = va + done * PAGE_SIZE, count = PTE_PER_TABLE - pte_index(at, 0);
        count = count < pages - done ? count : pages - done;
        done += count;
        if (!table_find(space, at, &slot)) continue;
        bool stale = false;
        for (uint64_t i = 0; i < (slot.level == 0 ? count : 1); i++, slot.pte++, slot.index++) {
            stale |= (page_remove(&slot) & PTE_V) != 0;
            *slot_info(&slot) = 0;
        }
        if (stale) space_shootdown(space, at, count);
        break;
    }
    return done;
}
