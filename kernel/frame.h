// SPDX-License-Identifier: MIT
// Frames: every page of memory has an entry in one table.
#pragma once

#include "hart_layout.h"
#include "list.h"
#include "types.h"

enum frame_kind {
    FRAME_FREE,     // in its block's reserve
    FRAME_RESERVED, // not ours: firmware, kernel image, holes
    FRAME_KERNEL,   // the kernel's own, for good: this table, the kernel's page tables
    FRAME_USER,     // a page of programs
    FRAME_TABLE,    // of a space's page table; `owner` is the number of the frame that stands beside it
    FRAME_POOL,     // small objects of a space; `references` are those in use
    FRAME_SPACE,    // a struct space
    FRAME_THREAD,   // a struct thread
    FRAME_HANDLES,  // a part of a space's handle table
    FRAME_KINDS,
};

struct frame {
    uint32_t references; // mappings of it
    uint32_t owner;      // number of the space that allocated it and decides about it; 0: the kernel
    uint32_t payer;      // frame number of the space whose quota it counts against; 0: nobody's
    uint16_t next;       // free: the next free one of its block
    uint8_t kind;
};

// The 2 MiB of which a frame is a part.
struct frame_block {
    struct link link; // in frame_whole when all its frames are free, in frame_broken when some are
    uint16_t free;    // so many
    uint16_t head;    // the first of them; the others are linked by frame.next
};

// Indexed by frame number (physical address / PAGE_SIZE), from frame_first up to frame_end.
extern struct frame *frame_table;
extern uint64_t frame_first, frame_end, frame_free_count;
extern struct frame_block *frame_blocks; // indexed by frame number / PAGES_PER_BLOCK
extern struct link frame_whole, frame_broken;

static inline struct frame *frame_at(struct pa at) { return &frame_table[at.bits >> PAGE_BITS]; }

static inline struct pa frame_pa(const struct frame *frame) { return pa((uint64_t)(frame - frame_table) << PAGE_BITS); }

static inline bool frame_exists(uint64_t number) { return number >= frame_first && number < frame_end; }

// One frame, or PAGES_PER_BLOCK in a row, aligned to BLOCK_SIZE; their pages zero, their references, owner and payer 0.
// => the first, or NULL when there is none
struct frame *frame_allocate(enum frame_kind kind, uint64_t count);
void frame_free(struct frame *frame);
