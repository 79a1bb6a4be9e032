// SPDX-License-Identifier: MIT
// Spaces: an address space, its handles and its account of memory. A space is one frame.
#pragma once

#include <abi/call.h>

#include "frame.h"
#include "hart.h"
#include "map.h"
#include "object.h"
#include "tree.h"

enum { HANDLE_PAGES = 32, HANDLES_PER_PAGE = 128, RANK_MOST = 255 };

struct space {
    struct object object; // first: handles name it
    // Assembler knows the offsets of these (layout.def).
    uint64_t satp;       // with its own address-space number; 0: some hart owes it a fence, see whole_satp and stale
    uint64_t whole_satp; // the same, never 0
    uint64_t stale;      // harts whose TLB may hold what is no longer true
    uint64_t id;         // names it in memory calls and messages: sequence number, and its frame's number
    uint64_t leaf_tag;   // the leaf table used last: va >> BLOCK_BITS, its entries and what goes with them
    uint64_t *leaf;
    struct table_info *leaf_info;
    struct region *last_region;
    struct space_counters counters;
    uint64_t straight[3]; // faults, by access, that went straight to a pager and are not in the counters yet
    uint32_t handle_hint; // no free handle is below it
    uint8_t rank;
    bool ended; // it is dead, and nothing of it is left but the account
    struct handle *handles[HANDLE_PAGES];

    uint64_t *root; // page table
    struct tree regions;

    // The account: outlives the space until the last frame that it pays for is back.
    struct space *parent; // whose quota this one's is part of
    uint64_t quota, used;
    struct link pool; // frames of small objects with room

    struct link threads, ports;
    struct link children, in_parent; // spaces that live on its quota, and theirs when a child ends before them
    struct port *exception_port, *keeper;
    uint64_t exception_badge, keeper_bits;
};

_Static_assert(sizeof(struct space) <= PAGE_SIZE, "a space is one frame");

// quota: frames, taken from the parent's (NULL: the first space). => NULL when the parent has not as much
struct space *space_create(struct space *parent, uint64_t quota, unsigned rank);
// The living space of this id. => NULL: there is none
struct space *space_find(uint64_t id);
// Do a bounded part of the destruction. => true when all of it is done
bool space_destroy(struct space *space);
// A thread of it has stopped, or it is no more.
void space_tell_keeper(struct space *space);
// Free the account, when nothing is left on it.
void space_settle(struct space *space);

// An address-space number that no other space has, and the root, as satp wants them. => 0: no number is left
uint64_t translation_take(struct pa root);
void translation_give(uint64_t satp);
// These pages have lost a right or their frame: harts may believe otherwise until the next settlement.
void translation_forget(struct space *space, uint64_t va, uint64_t pages);
// Make every hart forget: one fence for those that run the space, a note for the others. To be done before a system
// call ends, and before a frame that it freed becomes a page table.
void translation_settle(void);
// This hart translates by the kernel's own page table.
void space_leave(void);
// These harts, of all, owe the space a fence when they enter it next.
static inline void space_owe(struct space *space, uint64_t of) {
    space->stale |= of & hart_all();
    space->satp = space->stale == 0 ? space->whole_satp : 0;
}

static inline uint32_t space_number(const struct space *space) { return (uint32_t)(space->id >> 32); }

// Take a frame, or PAGES_PER_BLOCK in a row, on the space's account. => NULL: quota or memory is exhausted
struct frame *space_frames(struct space *space, enum frame_kind kind, uint64_t count);
// One frame's page. => the same
void *space_page(struct space *space, enum frame_kind kind);
// Give one back to whoever pays.
void space_frame_free(struct frame *frame);
static inline void space_page_free(void *page) { space_frame_free(frame_at(pa_of(page))); }

// Put a frame on the space's account.
static inline void space_pay(struct space *space, struct frame *frame) {
    frame->payer = (uint32_t)space->id;
    space->used++;
}

static inline bool space_can_pay(const struct space *space, uint64_t frames) {
    return space->quota - space->used >= frames;
}

// Small objects are pieces of POOL_OBJECT bytes, zeroed, on the account of a space.
enum { POOL_OBJECT = 192 };
void *pool_take(struct space *space);
void pool_give(void *object);
