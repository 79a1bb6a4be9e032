// SPDX-License-Identifier: MIT
// A range of one space's pages, and what the memory calls do to it once it is known that the caller may.
#pragma once

#include <abi/memory.h>

#include "table.h"

// No more than PAGES_PER_CALL pages, below USER_END.
struct extent {
    struct space *space;
    uint64_t va, pages;
    bool own;      // the space acts on itself: it withholds, and hears of its own notes; else its pager acts
    bool tells;    // unmap, prot and unprot say in `answer` which of the first 64 pages were written, and in `rights`
                   // what was granted to some page
    uint64_t done; // pages
    uint64_t rights;
    uint64_t touched, noted; // map: this address comes with these of PTE_A and PTE_D
    uint64_t *answer;        // dirty: PAGES_PER_CALL bits; query: PAGES_PER_CALL states of <abi/memory.h>
};

// Do what it can of unmap, prot, unprot (rights), dirty (rights: what) or query; or of region: unmap the first run of
// an extent of any size that begins and ends with regions, and forget all that was said of its pages, which cannot
// fail.
// => why it stopped, or STATUS_OK; what harts are to forget is yet to be settled
enum status extent_work(struct extent *extent, uint64_t call, uint64_t rights);
// Each does what it can of the extent. => why it stopped, or STATUS_OK
enum status extent_alloc(struct extent *extent, uint64_t rights, struct space *payer);
// From `from` on in the space `mine`.
enum status extent_map(struct space *mine, uint64_t from, struct extent *to, uint64_t rights);

// Withhold all but these rights of a page of the caller's own, whose leaf table is the one used last, when no other
// hart remembers anything of the space. => false: nothing was done
static inline bool extent_lower_straight(struct space *space, uint64_t va, uint64_t rights) {
    const struct hart *here = hart_here();
    if (va >> BLOCK_BITS != space->leaf_tag || va % PAGE_SIZE != 0 || rights > RIGHTS_ACCESS ||
        (rights & (RIGHT_READ | RIGHT_WRITE)) == RIGHT_WRITE || space->stale != here->others || here->tracing)
        return false;
    uint64_t index = pte_index(va, 0);
    if ((page_lower(space->leaf + index, &space->leaf_info->page[index], true, rights) & pte_lost(rights)) != 0) {
        space->counters.shootdowns++;
        __asm__ volatile("sfence.vma %0" ::"r"(va) : "memory");
    }
    return true;
}
