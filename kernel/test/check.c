// SPDX-License-Identifier: MIT
// The proof that the kernel's tables agree with each other.
//
// References and accounts are counted by taking everything off that is found: then nothing may be left, and all is put
// back. So it needs no memory of its own. Nobody sees it: the kernel is locked.
#include "check.h"

#include <stddef.h>

#include "early.h"
#include "map.h"
#include "table.h"
#include "thread.h"

static const char *wrong;

static void expect(bool condition, const char *otherwise) {
    if (!condition && wrong == NULL) wrong = otherwise;
}

static void *page_at(uint64_t number) { return direct(pa(number << PAGE_BITS)); }

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
    uint64_t free = 0;
    for (uint64_t number = frame_first; number < frame_end; number++) {
        free += frame_table[number].kind == FRAME_FREE;
        if (frame_table[number].kind >= FRAME_KINDS) return "a frame of no kind";
    }
    if (free != frame_free_count) return "free frames are not as many as are counted";
    return listed(&frame_whole) + listed(&frame_broken) == free ? NULL
                                                                : "blocks on the lists do not have all free frames";
}

// One page that is mapped, or a large one.
static void count_page(const struct slot *slot, uint32_t sign) {
    uint16_t info = *slot_info(slot);
    uint64_t pte = *slot->pte, index = slot->index, number = pte_pa(pte).bits >> PAGE_BITS;
    bool present = (info & INFO_PRESENT) != 0;
    expect(present == ((slot->info->present[index / 64] >> index % 64 & 1) != 0),
           "a page is not in its table's bitmap");
    if (!present) {
        expect(pte == 0, "an entry names a page that is not there");
        return;
    }
    expect((pte & (PTE_V | PTE_RWX)) == pte_rights(info_effective(info)),
           "an entry has other rights than are granted and not withheld");
    expect((pte & PTE_U) != 0 && (pte & PTE_G) == 0, "an entry of a space is not the program's");
    if ((info & INFO_DEVICE) != 0) return;
    for (uint64_t i = 0; i < slot_pages(slot); i++) {
        bool is_user = frame_exists(number + i) && frame_table[number + i].kind == FRAME_USER;
        expect(is_user, "an entry names a frame that is no page of programs");
        if (is_user) frame_table[number + i].references += sign;
    }
}

static void count_tables(struct space *space, uint32_t sign) {
    for (uint64_t va = 0; va < USER_END;) {
        struct slot slot;
        if (space->root[pte_index(va, 2)] == 0) {
            va += (uint64_t)BLOCK_SIZE * PTE_PER_TABLE;
            continue;
        }
        bool found = table_find(space, va, &slot);
        for (unsigned i = 0; found && i < (slot.level == 0 ? PTE_PER_TABLE : 1); i++, slot.pte++, slot.index++)
            count_page(&slot, sign);
        va += BLOCK_SIZE;
    }
}

static void count_thread(const struct thread *thread, uint32_t sign) {
    if (thread->state == THREAD_DEAD) return;
    frame_at(pa_of(thread->message_page))->references += sign;
    if (thread->area != NULL) frame_at(pa_of(thread->area))->references += sign;
}

static void count_payer(const struct frame *frame, uint64_t sign) {
    bool is_space = frame_exists(frame->payer) && frame_table[frame->payer].kind == FRAME_SPACE;
    expect(is_space, "a frame is paid for by what is no space");
    if (is_space) ((struct space *)page_at(frame->payer))->used += sign;
}

static void count_all(int64_t sign) {
    for (uint64_t number = frame_first; number < frame_end; number++) {
        struct frame *frame = &frame_table[number];
        if (frame->payer != 0) count_payer(frame, (uint64_t)sign);
        if (frame->kind == FRAME_THREAD) count_thread(page_at(number), (uint32_t)sign);
        if (frame->kind != FRAME_SPACE) continue;
        struct space *space = page_at(number);
        if (space->root != NULL) count_tables(space, (uint32_t)sign);
        if (space->parent != NULL) space->parent->used += (uint64_t)sign * (space->quota + 1);
    }
}

static void check_counted(void) {
    for (uint64_t number = frame_first; number < frame_end; number++) {
        const struct frame *frame = &frame_table[number];
        const struct space *space = page_at(number);
        if (frame->kind == FRAME_USER) expect(frame->references == 0, "a page is not mapped as often as is counted");
        if (frame->kind == FRAME_USER) expect(frame->payer != 0, "nobody pays for a page");
        if (frame->kind == FRAME_SPACE) expect(space->used == 0, "a space has not used what it pays for");
    }
}

static void check_quotas(void) {
    for (uint64_t number = frame_first; number < frame_end; number++) {
        if (frame_table[number].kind != FRAME_SPACE) continue;
        const struct space *space = page_at(number);
        expect(space->used <= space->quota, "a space has used more than its quota");
    }
}

const char *kernel_check(void) {
    wrong = check_frames();
    if (wrong == NULL) wrong = check_window();
    if (wrong != NULL) return wrong;
    check_quotas();
    count_all(-1);
    check_counted();
    count_all(1);
    return wrong;
}
