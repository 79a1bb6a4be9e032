// SPDX-License-Identifier: MIT
// Frames: every page of memory has an entry in one table; every 2 MiB of it keep their own reserve of free ones.
//
// A block is on one of two lists: `whole` when all its frames are free, `broken` when some are. Single frames come
// from broken blocks first, so that whole ones last.
#include "frame.h"

#include "string.h"

struct frame *frame_table;
uint64_t frame_first, frame_end, frame_free_count;
struct frame_block *frame_blocks;
struct link frame_whole = {&frame_whole, &frame_whole}, frame_broken = {&frame_broken, &frame_broken};

struct frame *frame_allocate(enum frame_kind kind, uint64_t count) {
    struct link *from = count != 1 || list_empty(&frame_broken) ? &frame_whole : &frame_broken;
    if (list_empty(from)) return NULL;
    struct frame_block *block = container_of(from->next, struct frame_block, link);
    struct frame *first = &frame_table[(uint64_t)(block - frame_blocks) * PAGES_PER_BLOCK];
    if (count == 1) first += block->head;
    block->head = first->next;
    block->free -= (uint16_t)count;
    if (block->free == 0 || from == &frame_whole) list_take(&block->link);
    if (block->free != 0 && from == &frame_whole) list_add_first(&frame_broken, &block->link);
    frame_free_count -= count;
    for (uint64_t i = 0; i < count; i++) first[i] = (struct frame){.kind = (uint8_t)kind};
    memset(direct(frame_pa(first)), 0, count * PAGE_SIZE);
    return first;
}

void frame_free(struct frame *frame) {
    uint64_t number = (uint64_t)(frame - frame_table);
    struct frame_block *block = &frame_blocks[number / PAGES_PER_BLOCK];
    *frame = (struct frame){.next = block->head, .kind = FRAME_FREE};
    block->head = number % PAGES_PER_BLOCK;
    frame_free_count++;
    if (block->free++ == 0) list_add_first(&frame_broken, &block->link);
    if (block->free == PAGES_PER_BLOCK) list_take(&block->link), list_add_first(&frame_whole, &block->link);
}
