// SPDX-License-Identifier: MIT
// Rights lowered and raised: withheld by the space itself, granted by its pager.
#include "protect.h"

#include "page.h"

// Bits of the entries that go when rights are lowered to these.
static uint64_t bits_to_clear(uint64_t rights) {
    uint64_t lost = RIGHTS_ACCESS & ~rights;
    return lost << 1 | ((lost & RIGHT_READ) != 0 ? PTE_W : 0);
}

// The hot loop of prot. => entries that were valid, ORed
static uint64_t lower_run(struct run *run, uint16_t info_keep, uint16_t info_set, uint64_t clear) {
    uint16_t *info = slot_info(&run->slot);
    uint64_t *pte = run->slot.pte;
    uint64_t entries = run->slot.level == 0 ? run->count : 1, seen = 0;
    // A valid entry without rights would lead a large page's readers on to a next table: never, not for a moment.
    if (run->slot.level == 1 && info_effective((uint16_t)((info[0] & info_keep) | info_set)) == 0) clear |= PTE_V;
    for (uint64_t i = 0; i < entries; i++) {
        uint16_t old_info = info[i];
        info[i] = (uint16_t)((old_info & info_keep) | info_set);
        if ((old_info & INFO_PRESENT) == 0) continue;
        uint64_t old = __atomic_fetch_and(&pte[i], ~clear, __ATOMIC_RELAXED);
        seen |= old;
        if ((old & ~clear & PTE_RWX) == 0) __atomic_fetch_and(&pte[i], ~PTE_V, __ATOMIC_RELAXED);
    }
    return seen;
}

enum status protect_lower(const struct extent *extent, uint64_t rights, struct stale *stale, struct found *found,
                          uint64_t *done) {
    uint64_t lost = RIGHTS_ACCESS & ~rights, clear = bits_to_clear(rights);
    uint16_t keep = extent->own ? UINT16_MAX : (uint16_t)~lost;
    uint16_t set = extent->own ? (uint16_t)(lost << INFO_WITHHELD_SHIFT) : 0;
    struct run run;
    for (*done = 0; *done < extent->pages; *done += run.count) {
        uint64_t va = extent->va + *done * PAGE_SIZE;
        enum status status = run_find(extent->space, va, extent->pages - *done, extent->own, &run);
        if (status == STATUS_NO_MEMORY) return status;
        if (status == STATUS_ABSENT) continue;
        if (found != NULL) run_note(extent, &run, *done, found);
        uint64_t seen = lower_run(&run, keep, set, clear);
        if ((seen & PTE_V) != 0 && (seen & clear) != 0) stale_add(stale, extent->space, va, run.count);
    }
    return STATUS_OK;
}

// => false: a page's grant would go above what its pager itself had
static bool raise_one(const struct slot *slot, bool own, uint64_t rights) {
    uint16_t *info = slot_info(slot);
    if (own) {
        *info &= (uint16_t) ~(rights << INFO_WITHHELD_SHIFT);
    } else {
        if ((*info & INFO_PRESENT) == 0) return true;
        if ((rights & ~info_ceiling(*info)) != 0) return false;
        *info |= (uint16_t)rights;
    }
    if ((*info & INFO_PRESENT) != 0) __atomic_fetch_or(slot->pte, pte_rights(info_effective(*info)), __ATOMIC_RELAXED);
    return true;
}

enum status protect_raise(const struct extent *extent, uint64_t rights, struct found *found, uint64_t *done) {
    struct run run;
    for (*done = 0; *done < extent->pages; *done += run.count) {
        uint64_t va = extent->va + *done * PAGE_SIZE;
        enum status status = run_find(extent->space, va, extent->pages - *done, false, &run);
        if (status == STATUS_NO_MEMORY) return status;
        if (status == STATUS_ABSENT) continue;
        if (found != NULL) run_note(extent, &run, *done, found);
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

static inline bool is_straight(const struct space *space, uint64_t va, uint64_t rights) {
    return va >> BLOCK_BITS == space->leaf_tag && va % PAGE_SIZE == 0 && rights <= RIGHTS_ACCESS &&
           (rights & (RIGHT_READ | RIGHT_WRITE)) != RIGHT_WRITE;
}

bool protect_lower_straight(struct space *space, uint64_t va, uint64_t rights) {
    if (!is_straight(space, va, rights)) return false;
    uint64_t index = pte_index(va, 0), clear = bits_to_clear(rights);
    uint16_t *info = &space->leaf_info->page[index];
    *info |= (uint16_t)((RIGHTS_ACCESS & ~rights) << INFO_WITHHELD_SHIFT);
    if ((*info & INFO_PRESENT) == 0) return true;
    uint64_t old = __atomic_fetch_and(&space->leaf[index], ~clear, __ATOMIC_RELAXED);
    if ((old & ~clear & PTE_RWX) == 0) __atomic_fetch_and(&space->leaf[index], ~PTE_V, __ATOMIC_RELAXED);
    if ((old & PTE_V) != 0 && (old & clear) != 0) space_shootdown(space, va, 1);
    return true;
}

bool protect_raise_straight(struct space *space, uint64_t va, uint64_t rights) {
    if (!is_straight(space, va, rights)) return false;
    uint64_t index = pte_index(va, 0);
    uint16_t *info = &space->leaf_info->page[index];
    *info &= (uint16_t) ~(rights << INFO_WITHHELD_SHIFT);
    if ((*info & INFO_PRESENT) != 0)
        __atomic_fetch_or(&space->leaf[index], pte_rights(info_effective(*info)), __ATOMIC_RELAXED);
    return true;
}
