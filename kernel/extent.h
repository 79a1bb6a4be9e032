// SPDX-License-Identifier: MIT
// A range of one space's pages, and what working through it leaves to do.
#pragma once

#include <abi/memory.h>

#include "space.h"
#include "table.h"

// What owes a fence: translations that harts may remember and that are no longer true.
struct stale {
    struct space *space;
    uint64_t va, end;
};

// The one that this system call has gathered; NULL: none. Frames that it freed are not to be used again before its
// fence: whoever takes one for a page table settles it first.
extern struct stale *stale_owed;

static inline void stale_add(struct stale *stale, struct space *space, uint64_t va, uint64_t pages) {
    stale_owed = stale;
    if (stale->space == NULL) *stale = (struct stale){space, va, va};
    stale->va = va < stale->va ? va : stale->va;
    stale->end = va + pages * PAGE_SIZE > stale->end ? va + pages * PAGE_SIZE : stale->end;
}

static inline void stale_fence(struct stale *stale) {
    stale_owed = NULL;
    if (stale->space != NULL) space_shootdown(stale->space, stale->va, (stale->end - stale->va) / PAGE_SIZE);
    stale->space = NULL;
}

// A range of one space's pages, no more than PAGES_PER_CALL, below USER_END.
struct extent {
    struct space *space;
    uint64_t va, pages;
    bool own; // the space acts on itself: it withholds, and hears of its own notes; else its pager acts
};

// What changing an extent found there before.
struct found {
    uint64_t rights; // granted to some page
    uint64_t dirty;  // bit n: page n was written; of the first 64
};

// A part of an extent: pages of one leaf table, or one large page.
struct run {
    struct slot slot;
    uint64_t count; // pages
};

// The run that begins at va. A large page that is wanted only in part becomes small ones first.
// make: also where there is no table yet. => STATUS_ABSENT: no table, and count pages to skip
enum status run_find(struct space *space, uint64_t va, uint64_t pages, bool make, struct run *run);
// Note what is there; `first` is the number of its first page in the extent.
void run_note(const struct extent *extent, const struct run *run, uint64_t first, struct found *found);
