// SPDX-License-Identifier: MIT
// The frame table, made: where it stands, and which frames are free.
#include "frames.h"

#include "frame.h"
#include "machine.h"
#include "map.h"
#include "string.h"

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

// A whole block costs little for each frame; what is left of others goes to the reserve frame by frame.
static void fill_reserve(void) {
    for (uint64_t number = align_down(frame_first, PAGES_PER_BLOCK); number < frame_end; number += PAGES_PER_BLOCK) {
        struct frame_block *block = &frame_blocks[number / PAGES_PER_BLOCK];
        if (is_usable_block(number)) {
            for (uint16_t i = 0; i < PAGES_PER_BLOCK; i++) frame_table[number + i].next = (uint16_t)(i + 1);
            block->free = PAGES_PER_BLOCK;
            frame_free_count += PAGES_PER_BLOCK;
            list_add_first(&frame_whole, &block->link);
            continue;
        }
        for (uint64_t i = number + PAGES_PER_BLOCK; i-- > number;) {
            if (frame_exists(i) && frame_table[i].kind == FRAME_FREE) frame_free(&frame_table[i]);
        }
    }
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

const char *frames_init(const struct machine *machine, struct pa image) {
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
    uint64_t size = align_up(table_size + (end_block - first_block) * sizeof(struct frame_block), PAGE_SIZE);
    uint64_t room = find_room(machine, claimed, count, size);
    if (room == 0) return "there is no room for the frame table: start with more memory";

    frame_table = (struct frame *)direct(pa(room)) - frame_first;
    frame_blocks = (struct frame_block *)direct(pa(room + table_size)) - first_block;
    memset(direct(pa(room)), 0, size);
    mark((struct span){lowest, highest - lowest}, FRAME_RESERVED);
    for (uint32_t m = 0; m < machine->memory_count; m++) mark(machine->memory[m], FRAME_FREE);
    for (unsigned i = 0; i < count; i++) mark(claimed[i], FRAME_RESERVED);
    mark((struct span){room, size}, FRAME_KERNEL);
    fill_reserve();
    return NULL;
}
