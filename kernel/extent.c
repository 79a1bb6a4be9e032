// SPDX-License-Identifier: MIT
// A range of one space's pages, and what the memory calls do to it once it is known that the caller may.
#include "extent.h"

#include "region.h"
#include "string.h"

static inline uint64_t va_of(const struct extent *extent) { return extent->va + extent->done * PAGE_SIZE; }

// Of PTE_D or PTE_A, the note that the one who acts has yet to hear of it.
static inline uint64_t note_of(const struct extent *extent, uint64_t bit) {
    return (uint64_t)(bit == PTE_D ? INFO_DIRTY_PAGER : INFO_ACCESSED_PAGER) << 2 * extent->own;
}

static inline bool is_noted(const struct extent *extent, const struct slot *slot, uint64_t pte, uint64_t bit) {
    return (pte & bit) != 0 || (*slot_info(slot) & note_of(extent, bit)) != 0;
}

static inline void say_yes(struct extent *extent, uint64_t page) { extent->answer[page / 64] |= 1ull << page % 64; }

// What is there before a change.
static __attribute__((noinline)) void tell(struct extent *extent, const struct slot *first, uint64_t count) {
    struct slot slot = *first;
    for (uint64_t page = extent->done; count != 0; count--, page++, slot.pte++, slot.index++) {
        if ((*slot_info(&slot) & INFO_PRESENT) == 0) continue;
        extent->rights |= info_granted(*slot_info(&slot));
        if (is_noted(extent, &slot, *slot.pte, PTE_D)) say_yes(extent, page);
    }
}

// The next run of an extent: pages of one leaf table, or one large page. A large page that is wanted only in part
// becomes small ones, and so does one to unmap: what is withheld and noted stays, page by page. What has no table is
// passed over, except for what the space withholds from itself. => pages in the run; 0: the extent is done, or *status
// says why not
static inline __attribute__((always_inline)) uint64_t next_run(struct extent *extent, uint64_t call, struct slot *slot,
                                                               enum status *status) {
    for (uint64_t count; extent->done < extent->pages; extent->done += count) {
        uint64_t va = va_of(extent), left = extent->pages - extent->done, most = PTE_PER_TABLE - pte_index(va, 0);
        count = left < most ? left : most;
        bool found = table_find_fast(extent->space, va, slot), make = call == CALL_prot && extent->own;
        if (found) make = slot->level != 0 && (count < PAGES_PER_BLOCK || call == CALL_unmap);
        if (make && !table_make(extent->space, va, 0, slot)) {
            *status = STATUS_NO_MEMORY;
            return 0;
        }
        if ((found || make) && extent->tells) tell(extent, slot, count);
        if (found || make) return count;
    }
    return 0;
}

// ---- what is done to the pages of a run ----

// The next page of a run, or its only one, which is large.
static inline uint64_t step(struct slot *slot) {
    slot->pte++;
    slot->index++;
    return slot_pages(slot);
}

// => true when a page lost a right that harts may remember
static inline bool lower(const struct extent *extent, const struct slot *first, uint64_t count, uint64_t rights) {
    uint16_t *info = slot_info(first);
    bool own = extent->own;
    uint16_t withheld = own ? info_lower(0, true, rights) : 0;
    uint64_t seen = 0;
    if (first->level != 0) {
        *info = info_lower(*info, own, rights);
        return page_show(first);
    }
    if (count == 1) return (page_lower(first->pte, info, own, rights) & pte_lost(rights)) != 0;
    uint64_t *pte = first->pte, *end = pte + count, *stop;
    do {
        uint64_t index = (uint64_t)pte / sizeof *pte % PTE_PER_TABLE, most = 64 - index % 64;
        stop = (uint64_t)(end - pte) < most ? end : pte + most;
        if (first->info->present[index / 64] == 0) // as of most of what is withheld
            for (; pte < stop; pte++, info++) *info |= withheld;
        for (; pte < stop; pte++) seen |= page_lower(pte, info++, own, rights);
    } while (pte < end);
    return (seen & pte_lost(rights)) != 0;
}

// => pages done: not all, where a grant would go above what its pager itself had
static inline uint64_t raise(const struct extent *extent, struct slot slot, uint64_t count, uint64_t rights) {
    bool own = extent->own;
    for (uint64_t page = 0; page < count; page += step(&slot)) {
        uint16_t *info = slot_info(&slot);
        if (!own && (*info & INFO_PRESENT) == 0) continue;
        if (!own && (rights & ~((uint64_t)*info >> INFO_CEILING_SHIFT)) != 0) return page;
        page_raise(slot.pte, info, own ? rights : 0, own ? 0 : rights);
    }
    return count;
}

// => true when a page lost a bit that harts may remember to have set
static inline bool inspect(struct extent *extent, struct slot slot, uint64_t count, uint64_t what) {
    uint64_t bit = (what & DIRTY_ACCESSED) != 0 ? PTE_A : PTE_D, note = note_of(extent, bit);
    bool keep = (what & DIRTY_KEEP) != 0, lost = false;
    for (uint64_t page = 0; page < count; page += step(&slot)) {
        uint64_t old = keep ? *slot.pte : page_harvest(&slot, bit);
        if (!is_noted(extent, &slot, old, bit)) continue;
        for (uint64_t i = 0; i < slot_pages(&slot); i++) say_yes(extent, extent->done + page + i);
        if (keep) continue;
        *slot_info(&slot) &= (uint16_t)~note;
        lost |= (old & PTE_V) != 0 && (old & bit) != 0;
    }
    return lost;
}

// => true when harts may remember a page
static inline bool unmap(struct extent *extent, struct slot slot, uint64_t count, uint16_t kept) {
    bool lost = false;
    for (uint64_t page = 0; page < count; page += step(&slot)) {
        uint64_t old = page_remove(&slot);
        *slot_info(&slot) &= kept;
        if ((old & PTE_D) != 0 && extent->tells) say_yes(extent, extent->done + page); // written since it was looked at
        lost |= (old & PTE_V) != 0;
    }
    return lost;
}

static uint64_t state_of(const struct extent *extent, const struct slot *slot) {
    uint64_t info = *slot_info(slot), state = info & INFO_WITHHELD, pte = *slot->pte;
    if ((info & INFO_PRESENT) == 0) return state;
    state |= (info & INFO_GRANTED) | PAGE_PRESENT | (slot->level == 1 ? PAGE_LARGE : 0) |
             (is_noted(extent, slot, pte, PTE_D) ? PAGE_DIRTY : 0) |
             (is_noted(extent, slot, pte, PTE_A) ? PAGE_ACCESSED : 0);
    return (info & INFO_DEVICE) != 0 ? state : state | (uint64_t)frame_at(pte_pa(pte))->owner << 32;
}

// Page by page: no table is made for it, and no large page split.
static void query(struct extent *extent) {
    for (struct slot slot; extent->done < extent->pages; extent->done++) {
        uint64_t va = va_of(extent), *state = &extent->answer[extent->done];
        const struct region *region = region_find(extent->space, va);
        *state = region == NULL ? 0 : PAGE_REGION | (region->port == NULL ? PAGE_SELF : 0);
        if (table_find_fast(extent->space, va, &slot)) *state |= state_of(extent, &slot);
    }
}

enum status extent_work(struct extent *extent, uint64_t call, uint64_t rights) {
    enum status status = STATUS_OK;
    struct slot first;
    if (call == CALL_dirty) memset(extent->answer, 0, PAGES_PER_CALL / 8);
    if (call == CALL_query) query(extent);
    for (uint64_t count; status == STATUS_OK && (count = next_run(extent, call, &first, &status)) != 0;) {
        uint64_t done = count;
        bool lost = false;
        if (call == CALL_prot)
            lost = lower(extent, &first, count, rights);
        else if (call == CALL_unmap || call == CALL_region)
            lost = unmap(extent, first, count, call == CALL_unmap ? UINT16_MAX : 0);
        else if (call == CALL_dirty)
            lost = inspect(extent, first, count, rights);
        else
            done = raise(extent, first, count, rights);
        if (lost) translation_forget(extent->space, va_of(extent), count);
        if (done < count) status = STATUS_DENIED;
        extent->done += done;
        if (call == CALL_region) break;
    }
    return status;
}

// ---- pages given and shared: a large one where the range and what is there allow it ----

// Where the next page of an extent is to go. => pages that the slot stands for, 0: no memory
static uint64_t find_place(const struct extent *extent, bool large, struct slot *slot) {
    uint64_t va = va_of(extent);
    if (large && va % BLOCK_SIZE == 0 && extent->pages - extent->done >= PAGES_PER_BLOCK &&
        table_make(extent->space, va, 1, slot) && *slot->pte == 0)
        return PAGES_PER_BLOCK;
    return table_make(extent->space, va, 0, slot) ? 1 : 0;
}

enum status extent_alloc(struct extent *extent, uint64_t rights, struct space *payer) {
    for (uint64_t count; extent->done < extent->pages; extent->done += count) {
        struct slot slot;
        struct frame *first = NULL;
        for (bool large = true; first == NULL; large = false) {
            count = find_place(extent, large, &slot);
            if (count == 0) return STATUS_NO_MEMORY;
            if ((*slot_info(&slot) & INFO_PRESENT) != 0) return STATUS_TAKEN;
            first = space_frames(payer, FRAME_USER, count);
            if (first == NULL && count == 1) return STATUS_NO_MEMORY;
        }
        for (uint64_t i = 0; i < count; i++) first[i].owner = space_number(extent->space);
        page_place(&slot, frame_pa(first), rights | RIGHT_SHARE, RIGHTS_ACCESS, 0);
    }
    return STATUS_OK;
}

// A small page over nothing, from the tables used last: what most of a block are. => false: nothing was done
static inline bool map_simply(const struct space *mine, uint64_t from, struct space *space, uint64_t va,
                              uint64_t rights, uint64_t noted) {
    if (from >> BLOCK_BITS != mine->leaf_tag || va >> BLOCK_BITS != space->leaf_tag) return false;
    uint64_t index = pte_index(va, 0), pte = mine->leaf[pte_index(from, 0)] & ~0x3ffull;
    uint16_t given = mine->leaf_info->page[pte_index(from, 0)], *info = &space->leaf_info->page[index];
    if ((given & (INFO_PRESENT | INFO_DEVICE | RIGHT_SHARE)) != (INFO_PRESENT | RIGHT_SHARE) ||
        (rights & ~(uint64_t)given) != 0 || (*info & (INFO_PRESENT | INFO_WITHHELD)) != 0)
        return false;
    frame_at(pte_pa(pte))->references++;
    *info = (uint16_t)(*info | rights | INFO_PRESENT | (given & RIGHTS_ACCESS) << INFO_CEILING_SHIFT);
    space->leaf_info->present[index / 64] |= 1ull << index % 64;
    space->leaf[index] = pte | pte_rights(rights & RIGHTS_ACCESS) | PTE_U | noted;
    return true;
}

enum status extent_map(struct space *mine, uint64_t from, struct extent *to, uint64_t rights) {
    for (uint64_t count; to->done < to->pages; to->done += count) {
        uint64_t va = from + to->done * PAGE_SIZE, noted = to->touched - va_of(to) < PAGE_SIZE ? to->noted : 0;
        struct slot source, slot;
        count = 1;
        if (map_simply(mine, va, to->space, va_of(to), rights, noted)) continue;
        if (!table_find_fast(mine, va, &source)) return STATUS_ABSENT;
        uint16_t info = *slot_info(&source); // what follows may split the large page that it stands for
        if ((info & INFO_PRESENT) == 0) return STATUS_ABSENT;
        if ((info & RIGHT_SHARE) == 0 || (rights & ~info_granted(info)) != 0) return STATUS_DENIED;
        struct pa at = pte_pa(*source.pte);
        if (source.level == 1) at.bits += va % BLOCK_SIZE;
        count = find_place(to, source.level == 1 && va % BLOCK_SIZE == 0, &slot);
        if (count == 0) return STATUS_NO_MEMORY;
        if (page_place(&slot, at, rights | (info & INFO_DEVICE), info_granted(info), noted))
            translation_forget(to->space, va_of(to), count);
    }
    return STATUS_OK;
}
