// SPDX-License-Identifier: MIT
// Page tables of spaces, each leaf-holding table with its second frame.
#include "table.h"

#include "string.h"

static uint64_t *table_of(uint64_t pte) { return direct(pte_pa(pte)); }

// The second frame of a table stands in its frame's `owner`.
static struct table_info *info_of(const uint64_t *table) {
    return direct(pa((uint64_t)frame_at(pa_of(table))->owner << PAGE_BITS));
}

static __attribute__((noinline)) uint64_t *make(struct space *space) {
    translation_settle();
    uint64_t *table = space_page(space, FRAME_TABLE);
    const struct table_info *info = table == NULL ? NULL : space_page(space, FRAME_TABLE);
    if (info == NULL && table != NULL) space_page_free(table);
    if (info == NULL) return NULL;
    frame_at(pa_of(table))->owner = (uint32_t)(pa_of(info).bits >> PAGE_BITS);
    return table;
}

// Free what an entry leads to.
static void unmake(uint64_t *pte) {
    struct frame *frame = frame_at(pte_pa(*pte));
    space_frame_free(&frame_table[frame->owner]);
    space_frame_free(frame);
    *pte = 0;
}

// The table that `pte` leads to. => NULL: there is none, and no memory for it if it was to be made
static uint64_t *enter(struct space *space, uint64_t *pte, bool to_make) {
    if (*pte == 0) {
        uint64_t *table = to_make ? make(space) : NULL;
        if (table == NULL) return NULL;
        *pte = pte_make(pa_of(table), PTE_V);
    }
    return table_of(*pte);
}

// Replace a large page by a table of small ones that say the same. => a fence is owed by nobody: the translations that
// harts remember stay true until somebody changes a page, who fences for it
static __attribute__((noinline)) bool split(struct space *space, const struct slot *large) {
    uint64_t *leaf = make(space);
    if (leaf == NULL) return false;
    struct table_info *info = info_of(leaf);
    uint64_t pte = __atomic_exchange_n(large->pte, pte_make(pa_of(leaf), PTE_V), __ATOMIC_ACQ_REL);
    for (unsigned i = 0; i < PTE_PER_TABLE; i++) {
        leaf[i] = pte + ((uint64_t)i << 10);
        info->page[i] = *slot_info(large);
    }
    memset(info->present, 0xff, sizeof info->present);
    *slot_info(large) = 0;
    return true;
}

static bool walk(struct space *space, uint64_t va, unsigned level, bool to_make, struct slot *slot) {
    uint64_t *middle = enter(space, &space->root[pte_index(va, 2)], to_make), index = pte_index(va, 1);
    if (middle == NULL) return false;
    *slot = (struct slot){&middle[index], info_of(middle), (uint32_t)index, 1};
    bool large = (*slot_info(slot) & INFO_PRESENT) != 0;
    if (level == 1 || (large && !to_make)) return true;
    if (large && !split(space, slot)) return false;
    uint64_t *leaf = enter(space, slot->pte, to_make);
    if (leaf == NULL) return false;
    if (to_make) slot->info->present[index / 64] |= 1ull << index % 64;
    space->leaf_tag = va >> BLOCK_BITS;
    space->leaf = leaf;
    space->leaf_info = info_of(leaf);
    return table_find_fast(space, va, slot);
}

bool table_find(struct space *space, uint64_t va, struct slot *slot) { return walk(space, va, 0, false, slot); }

bool table_make(struct space *space, uint64_t va, unsigned level, struct slot *slot) {
    if (level == 0 && va >> BLOCK_BITS == space->leaf_tag) return table_find_fast(space, va, slot);
    return walk(space, va, level, true, slot);
}

bool table_init(struct space *space) {
    space->root = space_page(space, FRAME_TABLE);
    space->leaf_tag = UINT64_MAX;
    if (space->root == NULL) return false;
    memcpy(space->root + PTE_PER_TABLE / 2, map_root() + PTE_PER_TABLE / 2, PAGE_SIZE / 2); // the kernel's half
    return true;
}

// Remove what a table maps, and the tables below it, as long as some are `left`. => false: that was not all
static bool empty(uint64_t *table, unsigned level, int64_t *left) {
    struct slot slot = {table, info_of(table), 0, level};
    for (; slot.index < PTE_PER_TABLE; slot.index++) {
        uint64_t here = slot.info->present[slot.index / 64] >> slot.index % 64;
        slot.pte = &table[slot.index];
        slot.index |= here == 0 ? 63 : (here & 0xff) == 0 ? 7 : 0;
        if ((here & 1) == 0 || *slot.pte == 0) continue;
        *left -= (*slot_info(&slot) & INFO_PRESENT) != 0 ? (int64_t)slot_pages(&slot) : 1;
        if (*left < 0) return false;
        if (page_remove(&slot) != 0) continue;
        if (!empty(table_of(*slot.pte), 0, left)) return false;
        unmake(slot.pte);
    }
    return true;
}

bool table_free(struct space *space) {
    int64_t left = PAGES_PER_BLOCK;
    space->leaf_tag = UINT64_MAX;
    if (space->root == NULL) return true;
    for (uint64_t *pte = space->root; pte < space->root + PTE_PER_TABLE / 2; pte++) {
        if (*pte == 0) continue;
        if (!empty(table_of(*pte), 1, &left)) return false;
        unmake(pte);
    }
    space_page_free(space->root);
    space->root = NULL;
    return true;
}
