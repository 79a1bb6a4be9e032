// SPDX-License-Identifier: MIT
// Pages given and shared. A large page goes where the range and what is there allow it.
#include "memory.h"

#include "string.h"
#include "translation.h"

// Where the next page of an extent is to go. => pages that the slot stands for, 0: no memory
static uint64_t find_place(const struct extent *extent, bool large, struct slot *slot) {
    uint64_t va = extent->va + extent->done * PAGE_SIZE;
    if (large && va % BLOCK_SIZE == 0 && extent->pages - extent->done >= PAGES_PER_BLOCK &&
        table_make(extent->space, va, 1, slot) && *slot->pte == 0)
        return PAGES_PER_BLOCK;
    return table_make(extent->space, va, 0, slot) ? 1 : 0;
}

static struct frame *take_frames(struct space *payer, uint64_t count) {
    if (!space_can_pay(payer, count)) return NULL;
    return count == 1 ? frame_allocate_zeroed() : frame_allocate_block();
}

enum status memory_alloc(struct extent *extent, uint64_t rights, struct space *payer) {
    for (uint64_t count; extent->done < extent->pages; extent->done += count) {
        struct slot slot;
        struct frame *first = NULL;
        for (bool large = true; first == NULL; large = false) {
            count = find_place(extent, large, &slot);
            if (count == 0) return STATUS_NO_MEMORY;
            if ((*slot_info(&slot) & INFO_PRESENT) != 0) return STATUS_TAKEN;
            first = take_frames(payer, count);
            if (first == NULL && count == 1) return STATUS_NO_MEMORY;
        }
        for (uint64_t i = 0; i < count; i++) {
            space_pay(payer, &first[i]);
            first[i].kind = FRAME_USER;
            first[i].owner = space_number(extent->space);
        }
        if (count != 1) memset(direct(frame_pa(first)), 0, BLOCK_SIZE);
        page_place(&slot, frame_pa(first), rights | RIGHT_SHARE, RIGHTS_ACCESS, 0);
    }
    return STATUS_OK;
}

enum status memory_map(struct space *mine, uint64_t from, struct extent *to, uint64_t rights, uint64_t noted) {
    for (uint64_t count; to->done < to->pages; to->done += count) {
        uint64_t va = from + to->done * PAGE_SIZE;
        struct slot source, slot;
        if (!table_find_fast(mine, va, &source)) return STATUS_ABSENT;
        uint16_t info = *slot_info(&source); // what follows may split the large page that it stands for
        if ((info & INFO_PRESENT) == 0) return STATUS_ABSENT;
        if ((info & RIGHT_SHARE) == 0 || (rights & ~info_granted(info)) != 0) return STATUS_DENIED;
        struct pa at = pte_pa(*source.pte);
        if (source.level == 1) at.bits += align_down(va % BLOCK_SIZE, PAGE_SIZE);
        count = find_place(to, source.level == 1 && va % BLOCK_SIZE == 0, &slot);
        if (count == 0) return STATUS_NO_MEMORY;
        if (page_place(&slot, at, rights | (info & INFO_DEVICE), info_granted(info), noted))
            translation_forget(to->space, to->va + to->done * PAGE_SIZE, count);
    }
    return STATUS_OK;
}
