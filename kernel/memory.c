// SPDX-License-Identifier: MIT
// The memory calls over ranges. A range is worked through in runs: pages of one leaf table, or one large page.
#include "memory.h"

#include "page.h"
#include "region.h"
#include "string.h"

struct run {
    struct slot slot;
    uint64_t count; // pages
};

// The run that begins at va. A large page that is wanted only in part becomes small ones first.
// make: also where there is no table yet. => STATUS_ABSENT: no table, and count pages to skip
static enum status run_find(struct space *space, uint64_t va, uint64_t pages, bool make, struct run *run)
{
    uint64_t left = PTE_PER_TABLE - pte_index(va, 0);
    run->count = pages < left ? pages : left;
    if (!table_find_fast(space, va, &run->slot)) {
        if (!make)
            return STATUS_ABSENT;
        return table_make(space, va, 0, &run->slot) ? STATUS_OK : STATUS_NO_MEMORY;
    }
    if (run->slot.level == 0 || run->count == PAGES_PER_BLOCK)
        return STATUS_OK;
    return table_make(space, va, 0, &run->slot) ? STATUS_OK : STATUS_NO_MEMORY;
}

static bool is_large_step(uint64_t va, uint64_t pages)
{
    return va % BLOCK_SIZE == 0 && pages >= PAGES_PER_BLOCK;
}

static struct frame *take_frames(struct space *payer, uint64_t count)
{
    if (!space_can_pay(payer, count))
        return NULL;
    struct frame *first = count == 1 ? frame_allocate_zeroed() : frame_allocate_block();
    return first;
}

// One page, or one large page where the range and the memory allow it. => pages mapped, 0: no memory
static uint64_t alloc_step(struct space *mine, uint64_t va, uint64_t pages, uint64_t rights, struct space *payer,
                           enum status *status)
{
    struct slot slot;
    struct frame *first = NULL;
    uint64_t count = PAGES_PER_BLOCK;
    *status = STATUS_NO_MEMORY;
    if (is_large_step(va, pages) && table_make(mine, va, 1, &slot) && *slot.pte == 0)
        first = take_frames(payer, count);
    if (first == NULL) {
        count = 1;
        if (!table_make(mine, va, 0, &slot))
            return 0;
        if ((*slot_info(&slot) & INFO_PRESENT) != 0) {
            *status = STATUS_TAKEN;
            return 0;
        }
        first = take_frames(payer, count);
    }
    if (first == NULL)
        return 0;
    for (uint64_t i = 0; i < count; i++) {
        space_pay(payer, &first[i]);
        first[i].kind = FRAME_USER;
        first[i].owner = space_number(mine);
    }
    if (count == PAGES_PER_BLOCK)
        memset(direct(frame_pa(first)), 0, BLOCK_SIZE);
    page_place(&slot, frame_pa(first), rights | RIGHT_SHARE, RIGHTS_ACCESS, 0);
    return count;
}

enum status memory_alloc(struct space *mine, uint64_t va, uint64_t pages, uint64_t rights, struct space *payer,
                         uint64_t *done)
{
    enum status status = STATUS_OK;
    uint64_t step;
    for (*done = 0; *done < pages; *done += step) {
        step = alloc_step(mine, va + *done * PAGE_SIZE, pages - *done, rights, payer, &status);
        if (step == 0)
            return status;
    }
    return STATUS_OK;
}

// The page at `from` in my space, if I may give it with these rights.
static enum status find_source(struct space *mine, uint64_t from, uint64_t rights, struct slot *source, struct pa *at)
{
    if (!table_find_fast(mine, from, source) || (*slot_info(source) & INFO_PRESENT) == 0)
        return STATUS_ABSENT;
    uint16_t info = *slot_info(source);
    if ((info & RIGHT_SHARE) == 0 || (rights & ~info_granted(info)) != 0)
        return STATUS_DENIED;
    at->bits = pte_pa(*source->pte).bits + (source->level == 0 ? 0 : align_down(from % BLOCK_SIZE, PAGE_SIZE));
    return STATUS_OK;
}

enum status memory_map(struct space *mine, uint64_t from, const struct extent *to, uint64_t rights, uint64_t noted,
                       struct stale *stale, uint64_t *done)
{
    uint64_t step;
    for (*done = 0; *done < to->pages; *done += step) {
        uint64_t va = to->va + *done * PAGE_SIZE, at_mine = from + *done * PAGE_SIZE;
        struct slot source, slot;
        struct pa at;
        enum status status = find_source(mine, at_mine, rights, &source, &at);
        if (status != STATUS_OK)
            return status;
        bool large = source.level == 1 && is_large_step(va, to->pages - *done) && at_mine % BLOCK_SIZE == 0 &&
                     table_make(to->space, va, 1, &slot) && *slot.pte == 0;
        if (!large && !table_make(to->space, va, 0, &slot))
            return STATUS_NO_MEMORY;
        step = large ? PAGES_PER_BLOCK : 1;
        uint16_t info = *slot_info(&source);
        if (page_place(&slot, at, rights, info_granted(info), noted))
            stale_add(stale, to->space, va, step);
        if ((info & INFO_DEVICE) != 0)
            *slot_info(&slot) |= INFO_DEVICE;
    }
    return STATUS_OK;
}

// Note what was there: rights, and what the one who asks has not yet heard of writing.
static void note_found(const struct extent *extent, const struct slot *slot, uint64_t page, struct found *found)
{
    uint16_t info = *slot_info(slot);
    if ((info & INFO_PRESENT) == 0)
        return;
    found->rights |= info_granted(info);
    bool dirty = (*slot->pte & PTE_D) != 0 || (info & (extent->own ? INFO_DIRTY_SELF : INFO_DIRTY_PAGER)) != 0;
    if (page < BATCH_PAGES && dirty)
        found->dirty |= 1ull << page;
}

static void note_run(const struct extent *extent, struct run *run, uint64_t first, struct found *found)
{
    struct run one = *run;
    for (uint64_t i = 0; i < run->count; i++) {
        note_found(extent, &one.slot, first + i, found);
        if (one.slot.level == 0) {
            one.slot.pte++;
            one.slot.index++;
        }
    }
}

// Bits of the entries that go when rights are lowered to these.
static uint64_t bits_to_clear(uint64_t rights)
{
    uint64_t lost = RIGHTS_ACCESS & ~rights;
    return lost << 1 | ((lost & RIGHT_READ) != 0 ? PTE_W : 0);
}

// The hot loop of prot. => entries that were valid, ORed
static uint64_t lower_run(struct run *run, uint16_t info_keep, uint16_t info_set, uint64_t clear)
{
    uint16_t *info = slot_info(&run->slot);
    uint64_t *pte = run->slot.pte;
    uint64_t entries = run->slot.level == 0 ? run->count : 1, seen = 0;
    for (uint64_t i = 0; i < entries; i++) {
        uint16_t old_info = info[i];
        info[i] = (uint16_t)((old_info & info_keep) | info_set);
        if ((old_info & INFO_PRESENT) == 0)
            continue;
        uint64_t old = __atomic_fetch_and(&pte[i], ~clear, __ATOMIC_RELAXED);
        seen |= old;
        if ((old & ~clear & PTE_RWX) == 0)
            __atomic_fetch_and(&pte[i], ~PTE_V, __ATOMIC_RELAXED);
    }
    return seen;
}

enum status memory_lower(const struct extent *extent, uint64_t rights, struct stale *stale, struct found *found,
                         uint64_t *done)
{
    uint64_t lost = RIGHTS_ACCESS & ~rights, clear = bits_to_clear(rights);
    uint16_t keep = extent->own ? UINT16_MAX : (uint16_t)~lost;
    uint16_t set = extent->own ? (uint16_t)(lost << INFO_WITHHELD_SHIFT) : 0;
    struct run run;
    for (*done = 0; *done < extent->pages; *done += run.count) {
        uint64_t va = extent->va + *done * PAGE_SIZE;
        enum status status = run_find(extent->space, va, extent->pages - *done, extent->own, &run);
        if (status == STATUS_NO_MEMORY)
            return status;
        if (status == STATUS_ABSENT)
            continue;
        if (found != NULL)
            note_run(extent, &run, *done, found);
        uint64_t seen = lower_run(&run, keep, set, clear);
        if ((seen & PTE_V) != 0 && (seen & clear) != 0)
            stale_add(stale, extent->space, va, run.count);
    }
    return STATUS_OK;
}

// => false: a page's grant would go above what its pager itself had
static bool raise_one(const struct slot *slot, bool own, uint64_t rights)
{
    uint16_t *info = slot_info(slot);
    if (own) {
        *info &= (uint16_t) ~(rights << INFO_WITHHELD_SHIFT);
    } else {
        if ((*info & INFO_PRESENT) == 0)
            return true;
        if ((rights & ~info_ceiling(*info)) != 0)
            return false;
        *info |= (uint16_t)rights;
    }
    if ((*info & INFO_PRESENT) != 0)
        __atomic_fetch_or(slot->pte, pte_rights(info_effective(*info)), __ATOMIC_RELAXED);
    return true;
}

enum status memory_raise(const struct extent *extent, uint64_t rights, struct found *found, uint64_t *done)
{
    struct run run;
    for (*done = 0; *done < extent->pages; *done += run.count) {
        uint64_t va = extent->va + *done * PAGE_SIZE;
        enum status status = run_find(extent->space, va, extent->pages - *done, false, &run);
        if (status == STATUS_NO_MEMORY)
            return status;
        if (status == STATUS_ABSENT)
            continue;
        if (found != NULL)
            note_run(extent, &run, *done, found);
        struct slot slot = run.slot;
        for (uint64_t i = 0; i < (slot.level == 0 ? run.count : 1); i++, slot.pte++, slot.index++) {
            if (!raise_one(&slot, extent->own, rights)) {
                *done += i;
                return STATUS_DENIED;
            }
        }
    }
    return STATUS_OK;
}

static inline bool is_straight(const struct space *space, uint64_t va, uint64_t rights)
{
    return va >> BLOCK_BITS == space->leaf_tag && va % PAGE_SIZE == 0 && rights <= RIGHTS_ACCESS &&
           (rights & (RIGHT_READ | RIGHT_WRITE)) != RIGHT_WRITE;
}

bool memory_lower_straight(struct space *space, uint64_t va, uint64_t rights)
{
    if (!is_straight(space, va, rights))
        return false;
    uint64_t index = pte_index(va, 0), clear = bits_to_clear(rights);
    uint16_t *info = &space->leaf_info->page[index];
    *info |= (uint16_t)((RIGHTS_ACCESS & ~rights) << INFO_WITHHELD_SHIFT);
    if ((*info & INFO_PRESENT) == 0)
        return true;
    uint64_t old = __atomic_fetch_and(&space->leaf[index], ~clear, __ATOMIC_RELAXED);
    if ((old & ~clear & PTE_RWX) == 0)
        __atomic_fetch_and(&space->leaf[index], ~PTE_V, __ATOMIC_RELAXED);
    if ((old & PTE_V) != 0 && (old & clear) != 0)
        space_shootdown(space, va, 1);
    return true;
}

bool memory_raise_straight(struct space *space, uint64_t va, uint64_t rights)
{
    if (!is_straight(space, va, rights))
        return false;
    uint64_t index = pte_index(va, 0);
    uint16_t *info = &space->leaf_info->page[index];
    *info &= (uint16_t) ~(rights << INFO_WITHHELD_SHIFT);
    if ((*info & INFO_PRESENT) != 0)
        __atomic_fetch_or(&space->leaf[index], pte_rights(info_effective(*info)), __ATOMIC_RELAXED);
    return true;
}

// What memory_dirty asks about: a bit of the entry, and the note of it that the asker has not heard.
struct question {
    uint64_t bit;
    uint16_t note;
};

static struct question question_of(const struct extent *extent, uint64_t what)
{
    if ((what & DIRTY_ACCESSED) != 0)
        return (struct question){PTE_A, extent->own ? INFO_ACCESSED_SELF : INFO_ACCESSED_PAGER};
    return (struct question){PTE_D, extent->own ? INFO_DIRTY_SELF : INFO_DIRTY_PAGER};
}

static void tell_run(const struct run *run, struct question question, uint64_t first, uint64_t *bitmap)
{
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
                      struct stale *stale)
{
    struct slot slot = run->slot;
    for (uint64_t i = 0; i < (slot.level == 0 ? run->count : 1); i++, slot.pte++, slot.index++) {
        uint64_t old = page_harvest(&slot, question.bit);
        *slot_info(&slot) &= (uint16_t)~question.note;
        if ((old & PTE_V) != 0 && (old & question.bit) != 0)
            stale_add(stale, extent->space, va + i * PAGE_SIZE, slot_pages(&slot));
    }
}

enum status memory_dirty(const struct extent *extent, uint64_t what, uint64_t *bitmap, struct stale *stale,
                         uint64_t *done)
{
    struct question question = question_of(extent, what);
    struct run run;
    for (*done = 0; *done < extent->pages; *done += run.count) {
        uint64_t va = extent->va + *done * PAGE_SIZE;
        enum status status = run_find(extent->space, va, extent->pages - *done, false, &run);
        if (status == STATUS_NO_MEMORY)
            return status;
        if (status == STATUS_ABSENT)
            continue;
        tell_run(&run, question, *done, bitmap);
        if ((what & DIRTY_KEEP) == 0)
            clear_run(extent, &run, question, va, stale);
    }
    return STATUS_OK;
}

enum status memory_unmap(const struct extent *extent, struct stale *stale, struct found *found, uint64_t *done)
{
    struct run run;
    for (*done = 0; *done < extent->pages; *done += run.count) {
        uint64_t va = extent->va + *done * PAGE_SIZE;
        enum status status = run_find(extent->space, va, extent->pages - *done, false, &run);
        if (status == STATUS_NO_MEMORY)
            return status;
        if (status == STATUS_ABSENT)
            continue;
        // What is withheld, and what the space has not heard of, is kept page by page.
        if (run.slot.level == 1 && !table_make(extent->space, va, 0, &run.slot))
            return STATUS_NO_MEMORY;
        if (found != NULL)
            note_run(extent, &run, *done, found);
        struct slot slot = run.slot;
        for (uint64_t i = 0; i < run.count; i++, slot.pte++, slot.index++) {
            if (page_remove(&slot))
                stale_add(stale, extent->space, va + i * PAGE_SIZE, 1);
        }
    }
    return STATUS_OK;
}

enum {
    EMPTY_BLOCKS_PER_CALL = 64,
};

uint64_t memory_remove(struct space *space, uint64_t va, uint64_t pages)
{
    struct slot slot;
    uint64_t done = 0;
    for (unsigned blocks = 0; done < pages && blocks < EMPTY_BLOCKS_PER_CALL; blocks++) {
        uint64_t at = va + done * PAGE_SIZE, count = PTE_PER_TABLE - pte_index(at, 0);
        count = count < pages - done ? count : pages - done;
        done += count;
        if (!table_find(space, at, &slot))
            continue;
        bool stale = false;
        for (uint64_t i = 0; i < (slot.level == 0 ? count : 1); i++, slot.pte++, slot.index++) {
            stale |= page_remove(&slot);
            *slot_info(&slot) = 0;
        }
        if (stale)
            space_shootdown(space, at, count);
        break;
    }
    return done;
}

static uint64_t state_of(const struct extent *extent, const struct slot *slot)
{
    uint16_t info = *slot_info(slot);
    uint64_t state = (uint64_t)(info & INFO_WITHHELD);
    if ((info & INFO_PRESENT) == 0)
        return state;
    struct question dirty = question_of(extent, DIRTY_WRITTEN), accessed = question_of(extent, DIRTY_ACCESSED);
    uint64_t pte = *slot->pte;
    state |= info_granted(info) | PAGE_PRESENT | (slot->level == 1 ? PAGE_LARGE : 0);
    state |= (pte & dirty.bit) != 0 || (info & dirty.note) != 0 ? PAGE_DIRTY : 0;
    state |= (pte & accessed.bit) != 0 || (info & accessed.note) != 0 ? PAGE_ACCESSED : 0;
    if ((info & INFO_DEVICE) == 0)
        state |= (uint64_t)frame_at(pte_pa(pte))->owner << 32;
    return state;
}

void memory_query(const struct extent *extent, uint64_t *state)
{
    for (uint64_t i = 0; i < extent->pages; i++) {
        uint64_t va = extent->va + i * PAGE_SIZE;
        struct slot slot;
        state[i] = table_find_fast(extent->space, va, &slot) ? state_of(extent, &slot) : 0;
        const struct region *region = region_find(extent->space, va);
        if (region != NULL)
            state[i] |= PAGE_REGION | (region->port == NULL ? PAGE_SELF : 0);
    }
}
