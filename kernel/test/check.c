// SPDX-License-Identifier: MIT
// The proof that the kernel's tables agree with each other.
#include "check.h"

#include <stddef.h>

#include "frame.h"
#include "map.h"
#include "pte.h"
#include "window.h"

uint64_t check_mapped(uint64_t va) {
    const uint64_t *table = map_root();
    for (unsigned level = PTE_TOP_LEVEL;; level--) {
        uint64_t pte = table[pte_index(va, level)];
        if ((pte & PTE_V) == 0 || (pte & PTE_RWX) != 0 || level == 0) return pte;
        table = direct(pte_pa(pte));
    }
}

static const char *check_window(void) {
    for (uint64_t offset = 0; offset < (uint64_t)(kernel_end - kernel_start); offset += PAGE_SIZE) {
        uint64_t window = check_mapped(KERNEL_WINDOW + offset);
        if ((window & PTE_RWX) != window_rights(offset) || (window & PTE_U) != 0)
            return "a page of the kernel's window has other rights than its section";
        if (window_rights(offset) == 0) continue;
        uint64_t alias = check_mapped(DIRECT_BASE + pte_pa(window).bits);
        if ((alias & PTE_RWX) != (window_rights(offset) & ~PTE_X))
            return "the direct map shows the kernel's image with other rights than the window";
    }
    return NULL;
}

static struct frame *first_of(const struct frame_block *block) {
    return &frame_table[(uint64_t)(block - frame_blocks) * PAGES_PER_BLOCK];
}

static uint64_t listed(const struct link *head) {
    uint64_t free = 0;
    for (const struct link *link = head->next; link != head; link = link->next) {
        const struct frame_block *block = container_of(link, struct frame_block, link);
        uint16_t next = block->head;
        for (unsigned i = 0; i < block->free; i++) {
            if (next >= PAGES_PER_BLOCK || first_of(block)[next].kind != FRAME_FREE) return 0; // its list is too short
            next = first_of(block)[next].next;
        }
        free += block->free;
    }
    return free;
}

const char *check_frames(void) {
    uint64_t free = 0, ahead = 0;
    for (uint64_t number = frame_first; number < frame_end; number++) {
        free += frame_table[number].kind == FRAME_FREE;
        ahead += frame_table[number].kind == FRAME_ZEROED;
        if (frame_table[number].kind >= FRAME_KINDS) return "a frame of no kind";
    }
    if (free + ahead != frame_free_count) return "free frames are not as many as are counted";
    return listed(&frame_whole) + listed(&frame_broken) == free ? NULL
                                                                : "blocks on the lists do not have all free frames";
}

const char *kernel_check(void) {
    const char *wrong = check_frames();
    return wrong != NULL ? wrong : check_window();
}
