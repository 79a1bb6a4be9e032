// SPDX-License-Identifier: MIT
// What the memory calls put into the message page, or find there.
#pragma once

#include <stdint.h>

enum {
    PAGES_PER_CALL = 512, // a memory call does no more: STATUS_MORE, and how many it did
    MESSAGE_PAGE_SIZE = 4096,
};

// dirty: bit n of the message page's bitmap is page n of the range.

// batch: one extent of at most BATCH_PAGES pages.
enum {
    BATCH_PAGES = 64,
    BATCH_ENTRIES = MESSAGE_PAGE_SIZE / 48,
};

struct batch_entry {
    uint32_t call;   // CALL_unmap, CALL_prot, CALL_unprot or CALL_dirty
    uint32_t rights; // prot, unprot: rights; dirty: what
    uint64_t space;  // 0: my own
    uint64_t va;
    uint64_t pages;
    uint64_t dirty;  // out: which pages were dirty (dirty with DIRTY_ACCESSED: accessed)
    uint32_t status; // out
    uint32_t old;    // out: rights that some page of the extent had, before
};

// query: one for each page.
#define PAGE_PRESENT         0x10000u
#define PAGE_DIRTY           0x20000u
#define PAGE_ACCESSED        0x40000u
#define PAGE_LARGE           0x80000u
#define PAGE_REGION          0x100000u // a region covers it
#define PAGE_SELF            0x200000u // and that is its space's own to manage
#define PAGE_GRANTED(state)  ((state)&0xf)
#define PAGE_WITHHELD(state) ((state) >> 4 & 0x7)
#define PAGE_OWNER(state)    ((state) >> 32) // number of the space that allocated the frame

enum {
    QUERY_PAGES = MESSAGE_PAGE_SIZE / 8,
};
