// SPDX-License-Identifier: MIT
// Frames: every page of memory has an entry in one table; every 2 MiB of it keep their own reserve of free ones.
//
// A block is on one of two lists: `whole` when all its frames are free, `broken` when some are. Single frames come
// from broken blocks first, so that whole ones last.
#include "frame.h"

#include "hart.h"
#include "string.h"

enum { ZEROED_MOST = 512 };

struct frame *frame_table;
uint64_t frame_first, frame_end;
uint64_t frame_free_count;
struct frame_block *frame_blocks;
struct link frame_whole = {&frame_whole, &frame_whole}, frame_broken = {&frame_broken, &frame_broken};

static struct frame *zeroed[ZEROED_MOST + HARTS]; // each hart may be zeroing one when the pool fills up
static uint64_t zeroed_count;

static struct frame_block *block_of(const struct frame *frame) {
    return &frame_blocks[(uint64_t)(frame - frame_table) / PAGES_PER_BLOCK];
}

static struct frame *first_of(const struct frame_block *block) {
    return &frame_table[(uint64_t)(block - frame_blocks) * PAGES_PER_BLOCK];
}

static void put(struct frame *frame) {
    struct frame_block *block = block_of(frame);
    *frame = (struct frame){.next = block->head, .kind = FRAME_FREE};
    block->head = (uint16_t)(frame - first_of(block));
    if (block->free++ != 0) list_take(&block->link);
    list_add_first(block->free == PAGES_PER_BLOCK ? &frame_whole : &frame_broken, &block->link);
}

static struct frame *take(void) {
    struct link *from = list_empty(&frame_broken) ? &frame_whole : &frame_broken;
    if (list_empty(from)) return NULL;
    struct frame_block *block = container_of(from->next, struct frame_block, link);
    struct frame *frame = first_of(block) + block->head;
    block->head = frame->next;
    list_take(&block->link);
    if (--block->free != 0) list_add_first(&frame_broken, &block->link);
    return frame;
}

struct frame *frame_allocate(enum frame_kind kind) {
    struct frame *frame = zeroed_count != 0 ? zeroed[zeroed_count - 1] : take();
    if (frame == NULL) return NULL;
    if (zeroed_count != 0)
        zeroed_count--;
    else
        memset(direct(frame_pa(frame)), 0, PAGE_SIZE);
    *frame = (struct frame){.kind = (uint8_t)kind};
    frame_free_count--;
    return frame;
}

struct frame *frame_allocate_block(enum frame_kind kind) {
    while (list_empty(&frame_whole) && zeroed_count != 0) put(zeroed[--zeroed_count]);
    if (list_empty(&frame_whole)) return NULL;
    struct frame_block *block = container_of(frame_whole.next, struct frame_block, link);
    struct frame *first = first_of(block);
    list_take(&block->link);
    block->free = 0;
    frame_free_count -= PAGES_PER_BLOCK;
    for (unsigned i = 0; i < PAGES_PER_BLOCK; i++) first[i] = (struct frame){.kind = (uint8_t)kind};
    memset(direct(frame_pa(first)), 0, BLOCK_SIZE);
    return first;
}

void frame_free(struct frame *frame) {
    frame_free_count++;
    put(frame);
}

bool frame_zero_ahead(void) {
    // Leave whole blocks whole, and most of a small memory alone.
    if (zeroed_count >= ZEROED_MOST || list_empty(&frame_broken) || zeroed_count > frame_free_count / 5) return false;
    struct frame *frame = take();
    *frame = (struct frame){.kind = FRAME_ZEROED};
    lock_release();
    memset(direct(frame_pa(frame)), 0, PAGE_SIZE);
    lock_acquire();
    zeroed[zeroed_count++] = frame;
    return true;
}
