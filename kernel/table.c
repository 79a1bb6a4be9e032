// SPDX-License-Identifier: MIT
// Page tables of spaces, each leaf-holding table with its second frame.
#include "table.h"

#include "extent.h"
#include "map.h"
#include "page.h"
#include "string.h"

#define LEAF_TAG_NONE UINT64_MAX

static uint64_t *table_of(uint64_t pte) { return direct(pte_pa(pte)); }

// The second frame of a table stands in its frame's `companion`.
static struct table_info *info_of(const uint64_t *table) {
    return direct(pa((uint64_t)frame_at(pa_of(table))->owner << PAGE_BITS));
}

static void remember(struct space *space, uint64_t va, uint64_t *leaf) {
    space->leaf_tag = va >> BLOCK_BITS;
    space->leaf = leaf;
    space->leaf_info = info_of(leaf);
}

static bool is_large(const uint64_t *table, uint64_t index) {
    return (info_of(table)->page[index] & INFO_PRESENT) != 0;
}

bool table_find(struct space *space, uint64_t va, struct slot *slot) {
    uint64_t top = space->root[pte_index(va, 2)];
    if (top == 0) return false;
    uint64_t *middle = table_of(top);
    uint64_t index = pte_index(va, 1);
    if (is_large(middle, index)) {
        *slot = (struct slot){&middle[index], info_of(middle), (uint32_t)index, 1};
        return true;
    }
    if (middle[index] == 0) return false;
    remember(space, va, table_of(middle[index]));
    return table_find_fast(space, va, slot);
}

static uint64_t *make(struct space *space) {
    if (stale_owed != NULL) stale_fence(stale_owed);
    struct frame *table = space_frame(space, FRAME_TABLE);
    if (table == NULL) return NULL;
    struct frame *info = space_frame(space, FRAME_TABLE);
    if (info == NULL) {
        space_frame_free(table);
        return NULL;
    }
    memset(direct(frame_pa(table)), 0, PAGE_SIZE);
    memset(direct(frame_pa(info)), 0, PAGE_SIZE);
    table->owner = (uint32_t)(frame_pa(info).bits >> PAGE_BITS);
    return direct(frame_pa(table));
}

static void unmake(uint64_t *table) {
    struct frame *frame = frame_at(pa_of(table));
    space_frame_free(&frame_table[frame->owner]);
    space_frame_free(frame);
}

// The table that `pte` leads to, made when there is none.
static uint64_t *enter(struct space *space, uint64_t *pte) {
    if (*pte == 0) {
        uint64_t *table = make(space);
        if (table == NULL) return NULL;
        *pte = pte_make(pa_of(table), PTE_V);
    }
    return table_of(*pte);
}

// Replace a large page by a table of small ones that say the same. => a fence is owed by nobody: the translations that
// harts remember stay true until somebody changes a page, who fences for it
static bool split(struct space *space, uint64_t *middle, uint64_t index) {
    struct table_info *above = info_of(middle);
    uint64_t *leaf = make(space);
    if (leaf == NULL) return false;
    struct table_info *info = info_of(leaf);
    uint64_t pte = __atomic_exchange_n(&middle[index], pte_make(pa_of(leaf), PTE_V), __ATOMIC_ACQ_REL);
    for (unsigned i = 0; i < PTE_PER_TABLE; i++) {
        leaf[i] = pte + ((uint64_t)i << 10);
        info->page[i] = above->page[index];
    }
    memset(info->present, 0xff, sizeof info->present);
    above->page[index] = 0;
    above->present[index / 64] &= ~(1ull << index % 64);
    return true;
}

bool table_make(struct space *space, uint64_t va, unsigned level, struct slot *slot) {
    if (level == 0 && va >> BLOCK_BITS == space->leaf_tag) return table_find_fast(space, va, slot);
    uint64_t *middle = enter(space, &space->root[pte_index(va, 2)]);
    if (middle == NULL) return false;
    uint64_t index = pte_index(va, 1);
    if (level == 1) {
        *slot = (struct slot){&middle[index], info_of(middle), (uint32_t)index, 1};
        return true;
    }
    if (is_large(middle, index) && !split(space, middle, index)) return false;
    uint64_t *leaf = enter(space, &middle[index]);
    if (leaf == NULL) return false;
    remember(space, va, leaf);
    return table_find_fast(space, va, slot);
}

bool table_init(struct space *space) {
    struct frame *root = space_frame(space, FRAME_TABLE);
    if (root == NULL) return false;
    space->root = direct(frame_pa(root));
    space->leaf_tag = LEAF_TAG_NONE;
    memset(space->root, 0, PAGE_SIZE / 2);
    memcpy(space->root + PTE_PER_TABLE / 2, map_root() + PTE_PER_TABLE / 2, PAGE_SIZE / 2); // the kernel's half
    return true;
}

// One leaf table, or one large page, of a middle table. => true when the middle table is empty
static bool free_middle(uint64_t *middle) {
    for (unsigned i = 0; i < PTE_PER_TABLE; i++) {
        if (middle[i] == 0) continue;
        if (is_large(middle, i)) {
            struct slot slot = {&middle[i], info_of(middle), i, 1};
            page_remove(&slot);
        } else {
            uint64_t *leaf = table_of(middle[i]);
            struct table_info *info = info_of(leaf);
            for (unsigned n = 0; n < PTE_PER_TABLE; n++) {
                if ((info->page[n] & (INFO_PRESENT | INFO_DEVICE)) == INFO_PRESENT) page_drop_all(pte_pa(leaf[n]), 1);
            }
            unmake(leaf);
        }
        middle[i] = 0;
        return false;
    }
    return true;
}

bool table_free(struct space *space) {
    space->leaf_tag = LEAF_TAG_NONE;
    if (space->root == NULL) return true;
    for (unsigned i = 0; i < PTE_PER_TABLE / 2; i++) {
        if (space->root[i] == 0) continue;
        if (free_middle(table_of(space->root[i]))) {
            unmake(table_of(space->root[i]));
            space->root[i] = 0;
        }
        return false;
    }
    space_frame_free(frame_at(pa_of(space->root)));
    space->root = NULL;
    return true;
}
