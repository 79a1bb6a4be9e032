// SPDX-License-Identifier: MIT
// The memory calls over ranges: what each does once it is known that the caller may.
#pragma once

#include <abi/memory.h>

#include "space.h"

// What owes a fence: translations that harts may remember and that are no longer true.
struct stale {
    struct space *space;
    uint64_t va, end;
};

static inline void stale_add(struct stale *stale, struct space *space, uint64_t va, uint64_t pages)
{
    if (stale->space == NULL)
        *stale = (struct stale){space, va, va};
    stale->va = va < stale->va ? va : stale->va;
    stale->end = va + pages * PAGE_SIZE > stale->end ? va + pages * PAGE_SIZE : stale->end;
}

static inline void stale_fence(const struct stale *stale)
{
    if (stale->space != NULL)
        space_shootdown(stale->space, stale->va, (stale->end - stale->va) / PAGE_SIZE);
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

// Each does what it can of the extent and says how far it got: *done pages. => why it stopped, or STATUS_OK
enum status memory_alloc(struct space *mine, uint64_t va, uint64_t pages, uint64_t rights, struct space *payer,
                         uint64_t *done);
enum status memory_map(struct space *mine, uint64_t from, const struct extent *to, uint64_t rights, uint64_t noted,
                       struct stale *stale, uint64_t *done);
enum status memory_lower(const struct extent *extent, uint64_t rights, struct stale *stale, struct found *found,
                         uint64_t *done);
enum status memory_raise(const struct extent *extent, uint64_t rights, struct found *found, uint64_t *done);
// One page of a space's own, whose leaf table is the one used last: withheld, and given back.
// => false: nothing was done, and the calls above are to be asked
bool memory_lower_straight(struct space *space, uint64_t va, uint64_t rights);
bool memory_raise_straight(struct space *space, uint64_t va, uint64_t rights);
// bitmap: PAGES_PER_CALL bits, cleared by the caller
enum status memory_dirty(const struct extent *extent, uint64_t what, uint64_t *bitmap, struct stale *stale,
                         uint64_t *done);
enum status memory_unmap(const struct extent *extent, struct stale *stale, struct found *found, uint64_t *done);
// Unmap the first part of a range that begins and ends with regions, and forget all that was said of its pages;
// cannot fail. => pages done, at least one
uint64_t memory_remove(struct space *space, uint64_t va, uint64_t pages);
// state: one of <abi/memory.h> for each page
void memory_query(const struct extent *extent, uint64_t *state);
