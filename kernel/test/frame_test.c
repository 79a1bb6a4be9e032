// SPDX-License-Identifier: MIT
// Frames, tested in the kernel.
#include "frame.h"

#include "check.h"
#include "hart.h"
#include "ktest.h"

static bool is_zero(const struct frame *frame) {
    const uint64_t *word = direct(frame_pa(frame));
    for (unsigned i = 0; i < PAGE_SIZE / sizeof *word; i++) {
        if (word[i] != 0) return false;
    }
    return true;
}

KTEST(a_frame_that_is_freed_can_be_had_again) {
    uint64_t before = frame_free_count;
    struct frame *frame = frame_allocate(FRAME_KERNEL, 1);
    EXPECT(frame != NULL && frame->kind == FRAME_KERNEL);
    EXPECT(frame_free_count == before - 1);
    frame_free(frame);
    EXPECT(frame_free_count == before);
}

KTEST(a_zeroed_frame_is_zero_though_it_was_written_before) {
    for (unsigned round = 0; round < 3; round++) {
        struct frame *frame = frame_allocate(FRAME_KERNEL, 1);
        EXPECT(is_zero(frame));
        *(uint64_t *)direct(frame_pa(frame)) = 1;
        frame_free(frame);
    }
}

KTEST(a_block_is_aligned_and_in_a_row) {
    struct frame *first = frame_allocate(FRAME_KERNEL, PAGES_PER_BLOCK);
    EXPECT(first != NULL);
    EXPECT(frame_pa(first).bits % BLOCK_SIZE == 0);
    for (unsigned i = 0; i < PAGES_PER_BLOCK; i++) EXPECT(first[i].kind == FRAME_KERNEL);
    for (unsigned i = 0; i < PAGES_PER_BLOCK; i++) frame_free(first + i);
}

// Chains go through the first word of each frame.
static struct frame *push(struct frame *chain, struct frame *frame) {
    *(struct frame **)direct(frame_pa(frame)) = chain;
    return frame;
}

static struct frame *pop(struct frame **chain) {
    struct frame *frame = *chain;
    *chain = *(struct frame **)direct(frame_pa(frame));
    return frame;
}

// Take all whole blocks and give them back. => how many there were
static unsigned take_all_blocks(void) {
    struct frame *block, *chain = NULL;
    unsigned count = 0;
    for (; (block = frame_allocate(FRAME_KERNEL, PAGES_PER_BLOCK)) != NULL; count++) chain = push(chain, block);
    while (chain != NULL) {
        block = pop(&chain);
        for (unsigned i = 0; i < PAGES_PER_BLOCK; i++) frame_free(block + i);
    }
    return count;
}

KTEST(every_frame_can_be_had_and_given_back_and_blocks_are_whole_again) {
    unsigned blocks = take_all_blocks();
    struct frame *chain = NULL, *frame;
    uint64_t had = 0;
    for (; (frame = frame_allocate(FRAME_KERNEL, 1)) != NULL; had++) chain = push(chain, frame);
    EXPECT(had != 0);
    EXPECT(check_frames() == NULL);
    while (chain != NULL) frame_free(pop(&chain));
    EXPECT(blocks != 0);
    EXPECT(take_all_blocks() >= blocks);
}
