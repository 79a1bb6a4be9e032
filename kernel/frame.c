// SPDX-License-Identifier: MIT
// Frames: every page of memory has an entry in one table; every 2 MiB of it keep their own reserve of free ones.
//
// A block is on one of two lists: `whole` when all its frames are free, `broken` when some are. Single frames come
// from broken blocks first, so that whole ones last. A block's frames from `fresh` on were never used since it was
// whole, so that giving a block out or taking it apart costs nothing per frame.
#include "frame.h"

#include "lock.h"
#include "machine.h"
#include "string.h"
#include "window.h"

enum {
    NO_FRAME = 0xffff,
    ZEROED_MOST = 512,
};

struct block {
    struct block *next, *previous;
    uint16_t free;  // frames in the reserve, fresh ones included
    uint16_t fresh; // this one and all after it are free
    uint16_t head;  // free frames below fresh, linked by frame.next
};

struct list {
    struct block *first;
};

struct frame *frame_table;
uint64_t frame_first, frame_end;

static struct block *blocks; // indexed by frame number / PAGES_PER_BLOCK
static struct list whole, broken;
static uint64_t reserve_count; // frames in blocks
static uint64_t total;
static struct frame *zeroed[ZEROED_MOST];
static uint64_t zeroed_count;
static uint64_t zeroing_count; // being zeroed by idle harts, which do not hold the lock meanwhile

static void list_push(struct list *list, struct block *block) {
    block->next = list->first;
    block->previous = NULL;
    if (list->first != NULL) list->first->previous = block;
    list->first = block;
}

static void list_remove(struct list *list, struct block *block) {
    if (block->previous != NULL)
        block->previous->next = block->next;
    else
        list->first = block->next;
    if (block->next != NULL) block->next->previous = block->previous;
}

static struct list *list_of(const struct block *block) { return block->free == PAGES_PER_BLOCK ? &whole : &broken; }

static uint64_t number_of(const struct frame *frame) { return (uint64_t)(frame - frame_table); }

static struct frame *first_of(const struct block *block) {
    return &frame_table[(uint64_t)(block - blocks) * PAGES_PER_BLOCK];
}

// Give a frame to its block's reserve.
static void reserve_put(struct frame *frame) {
    struct block *block = &blocks[number_of(frame) / PAGES_PER_BLOCK];
    *frame = (struct frame){.next = block->head, .kind = FRAME_FREE};
    block->head = (uint16_t)(number_of(frame) % PAGES_PER_BLOCK);
    block->free++;
    reserve_count++;
    if (block->free == 1) {
        list_push(&broken, block);
    } else if (block->free == PAGES_PER_BLOCK) {
        list_remove(&broken, block);
        block->fresh = 0;
        block->head = NO_FRAME;
        list_push(&whole, block);
    }
}

static struct frame *reserve_take(void) {
    struct block *block = broken.first != NULL ? broken.first : whole.first;
    if (block == NULL) return NULL;
    struct list *before = list_of(block);
    struct frame *frame;
    if (block->head != NO_FRAME) {
        frame = first_of(block) + block->head;
        block->head = frame->next;
    } else {
        frame = first_of(block) + block->fresh++;
    }
    block->free--;
    reserve_count--;
    if (before == &whole || block->free == 0) {
        list_remove(before, block);
        if (block->free != 0) list_push(&broken, block);
    }
    return frame;
}

static struct frame *taken(struct frame *frame) {
    *frame = (struct frame){.kind = FRAME_TAKEN};
    return frame;
}

struct frame *frame_allocate(void) {
    struct frame *frame = reserve_take();
    if (frame == NULL && zeroed_count != 0) frame = zeroed[--zeroed_count];
    return frame == NULL ? NULL : taken(frame);
}

struct frame *frame_allocate_zeroed(void) {
    if (zeroed_count != 0) return taken(zeroed[--zeroed_count]);
    struct frame *frame = frame_allocate();
    if (frame != NULL) memset(direct(frame_pa(frame)), 0, PAGE_SIZE);
    return frame;
}

struct frame *frame_allocate_block(void) {
    if (whole.first == NULL) {
        while (zeroed_count != 0) reserve_put(zeroed[--zeroed_count]);
    }
    struct block *block = whole.first;
    if (block == NULL) return NULL;
    list_remove(&whole, block);
    block->free = 0;
    block->fresh = PAGES_PER_BLOCK;
    reserve_count -= PAGES_PER_BLOCK;
    struct frame *first = first_of(block);
    for (unsigned i = 0; i < PAGES_PER_BLOCK; i++) taken(first + i);
    return first;
}

void frame_free(struct frame *frame) { reserve_put(frame); }

bool frame_zero_ahead(void) {
    // Leave whole blocks whole, and most of a small memory alone.
    if (zeroed_count == ZEROED_MOST || broken.first == NULL || zeroed_count > reserve_count / 4) return false;
    struct frame *frame = reserve_take();
    *frame = (struct frame){.kind = FRAME_ZEROED};
    zeroing_count++;
    lock_release();
    memset(direct(frame_pa(frame)), 0, PAGE_SIZE);
    lock_acquire();
    zeroing_count--;
    if (zeroed_count == ZEROED_MOST) {
        reserve_put(frame);
        return false;
    }
    zeroed[zeroed_count++] = frame;
    return true;
}

uint64_t frame_free_count(void) { return reserve_count + zeroed_count + zeroing_count; }

uint64_t frame_total(void) { return total; }

static bool is_usable_block(uint64_t number) {
    for (uint64_t i = 0; i < PAGES_PER_BLOCK; i++) {
        if (!frame_exists(number + i) || frame_table[number + i].kind != FRAME_FREE) return false;
    }
    return true;
}

static void mark(struct span span, enum frame_kind kind) {
    uint64_t last = (span.start + span.size + PAGE_SIZE - 1) >> PAGE_BITS;
    for (uint64_t number = span.start >> PAGE_BITS; number < last; number++) {
        if (frame_exists(number)) frame_table[number].kind = (uint8_t)kind;
    }
}

static void fill_reserve(void) {
    for (uint64_t number = align_down(frame_first, PAGES_PER_BLOCK); number < frame_end; number += PAGES_PER_BLOCK) {
        struct block *block = &blocks[number / PAGES_PER_BLOCK];
        *block = (struct block){.fresh = PAGES_PER_BLOCK, .head = NO_FRAME};
        if (is_usable_block(number)) {
            block->free = PAGES_PER_BLOCK;
            block->fresh = 0;
            reserve_count += PAGES_PER_BLOCK;
            list_push(&whole, block);
            continue;
        }
        for (uint64_t i = number + PAGES_PER_BLOCK; i-- > number;) {
            if (frame_exists(i) && frame_table[i].kind == FRAME_FREE) reserve_put(&frame_table[i]);
        }
    }
    total = reserve_count;
}

// Where `size` bytes fit into memory that nothing else claims; 0: nowhere.
static uint64_t find_room(const struct machine *machine, const struct span *claimed, unsigned count, uint64_t size) {
    for (uint32_t m = 0; m < machine->memory_count; m++) {
        uint64_t start = align_up(machine->memory[m].start, PAGE_SIZE);
        uint64_t end = machine->memory[m].start + machine->memory[m].size;
        bool moved = true;
        while (moved) {
            moved = false;
            for (unsigned i = 0; i < count; i++) {
                if (start < claimed[i].start + claimed[i].size && claimed[i].start < start + size) {
                    start = align_up(claimed[i].start + claimed[i].size, PAGE_SIZE);
                    moved = true;
                }
            }
        }
        if (start < end && size <= end - start) return start;
    }
    return 0;
}

const char *frame_init(const struct machine *machine, struct pa image) {
    struct span claimed[MACHINE_RESERVED + 2];
    unsigned count = 0;
    claimed[count++] = (struct span){image.bits, (uint64_t)(kernel_end - kernel_start)};
    claimed[count++] = machine->initrd;
    for (uint32_t i = 0; i < machine->reserved_count; i++) claimed[count++] = machine->reserved[i];

    uint64_t lowest = UINT64_MAX, highest = 0;
    for (uint32_t m = 0; m < machine->memory_count; m++) {
        struct span span = machine->memory[m];
        lowest = span.start < lowest ? span.start : lowest;
        highest = span.start + span.size > highest ? span.start + span.size : highest;
    }
    if (highest > DIRECT_SIZE) return "there is memory above 128 GiB: start with less memory";
    frame_first = align_up(lowest, PAGE_SIZE) >> PAGE_BITS;
    frame_end = highest >> PAGE_BITS;
    uint64_t first_block = frame_first / PAGES_PER_BLOCK, end_block = frame_end / PAGES_PER_BLOCK + 1;
    uint64_t table_size = align_up((frame_end - frame_first) * sizeof(struct frame), PAGE_SIZE);
    uint64_t size = align_up(table_size + (end_block - first_block) * sizeof(struct block), PAGE_SIZE);
    uint64_t room = find_room(machine, claimed, count, size);
    if (room == 0) return "there is no room for the frame table: start with more memory";

    frame_table = (struct frame *)direct(pa(room)) - frame_first;
    blocks = (struct block *)direct(pa(room + table_size)) - first_block;
    memset(direct(pa(room)), 0, size);
    mark((struct span){lowest, highest - lowest}, FRAME_RESERVED);
    for (uint32_t m = 0; m < machine->memory_count; m++) mark(machine->memory[m], FRAME_FREE);
    for (unsigned i = 0; i < count; i++) mark(claimed[i], FRAME_RESERVED);
    mark((struct span){room, size}, FRAME_KERNEL);
    fill_reserve();
    return NULL;
}

const char *frame_check(void) {
    uint64_t free = 0, ahead = 0;
    for (uint64_t number = frame_first; number < frame_end; number++) {
        free += frame_table[number].kind == FRAME_FREE;
        ahead += frame_table[number].kind == FRAME_ZEROED;
        if (frame_table[number].kind >= FRAME_KINDS) return "a frame of no kind";
    }
    if (ahead != zeroed_count + zeroing_count) return "frames zeroed ahead are not those in the pool";
    if (free != reserve_count) return "free frames are not those in the reserve";
    uint64_t listed = 0;
    for (const struct block *block = whole.first; block != NULL; block = block->next) listed += block->free;
    for (const struct block *block = broken.first; block != NULL; block = block->next) {
        listed += block->free;
        unsigned linked = PAGES_PER_BLOCK - block->fresh;
        for (uint16_t i = block->head; i != NO_FRAME && linked <= PAGES_PER_BLOCK; i = first_of(block)[i].next)
            linked++;
        if (linked != block->free) return "a block's list is not as long as its count";
    }
    return listed == reserve_count ? NULL : "blocks on the lists do not add up to the reserve";
}
