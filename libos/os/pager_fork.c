// SPDX-License-Identifier: MIT
// Fork: a copy of an object's range that costs a copy of nothing but its entries.
//
//   before    parent  [ 5 | 6 | - | 9 ]      frames 5, 6, 9: one holder each, mapped for writing
//   after     parent  [ 5 | 6 | - | 9 ]      frames 5, 6, 9: two holders, mapped without the right to write
//             child   [ 5 | 6 | - | 9 ]      nothing mapped yet
//
// No object points to another: whoever ends, in any order, lets go of its frames, and who is left alone with one may
// write to it. A fork of a fork is no longer than a fork.
#include "pager_fork.h"

#include <os/ranges.h>
#include <stddef.h>

#include "pager_frames.h"
#include "pager_places.h"

enum { PAGES_AT_A_TIME = 512, GAP = 48 };
#define SPARSE (UINT64_C(1) << 32)

// Pages that are to be written no more without a fault: a run of them that grows, and is told to the kernel at once.
struct run {
    const struct pager_object *object; // NULL: nobody can write to any
    uint64_t first, after;
};

static void run_end(struct run *run) {
    const struct pager_object *object = run->object;
    while (object != NULL && run->first < run->after) {
        struct result result = os_prot(object->space, object->va + run->first * SLOT_SIZE, run->after - run->first,
                                       RIGHT_READ | RIGHT_EXECUTE);
        if (result.status == STATUS_GONE) run->first = run->after;
        run->first += result.value > 0 ? result.value : 1;
    }
}

static void run_add(struct run *run, uint64_t page, uint64_t end) {
    if (page > run->after + GAP || page - run->first >= PAGES_AT_A_TIME) {
        run_end(run);
        run->first = page;
    }
    run->after = end;
}

// Of a row, pages whose frames have so many holders.
static void run_add_some(struct run *run, const uint32_t *entries, uint64_t page, uint64_t end, uint16_t holders) {
    for (; (page = entries_used(entries, page, end)) < end; page++) {
        if ((entries[page] & ENTRY_FRAME) != 0 && *holders_at(slot_of(entries[page])) == holders)
            run_add(run, page, page + 1);
    }
}

// A row of entries, of one part of the child's. => the numbers of holders that its frames had, or-ed with each other;
// SPARSE, too, if not all have one
static uint64_t copy_row(const uint32_t *from, uint32_t *to, uint64_t count, struct pager_object *child) {
    uint64_t holders = 0, none = 0;
#pragma GCC unroll 4
    for (uint64_t i = 0; i < count; i++) {
        uint32_t entry = from[i];
        if ((entry & ENTRY_FRAME) == 0) {
            if ((entry & ENTRY_STORED) != 0) place_hold(to[i] = entry);
            none++;
            continue;
        }
        uint16_t *beside = holders_at(slot_of(entry));
        to[i] = entry;
        holders |= *beside;
        ++*beside;
    }
    child->account->room -= (int32_t)(count - none);
    return none == 0 ? holders : holders | SPARSE;
}

// => false: no memory for the child's entries
static bool copy_entries(const struct pager_object *parent, uint64_t first, struct pager_object *child,
                         struct run *run) {
    uint64_t end = first + child->pages, count;
    for (uint64_t page = first; (page = object_used(parent, page, end)) < end; page += count) {
        uint64_t to = page - first, other = ENTRIES_PER_PAGE - to % ENTRIES_PER_PAGE;
        if (!object_back(child, to, 0)) return false;
        if (other > ROW_MOST) other = ROW_MOST;
        count = row_end(parent, page, page + other < end ? page + other : end) - page;
        uint64_t holders = copy_row(&parent->entries[page], &child->entries[to], count, child);
        object_use(child, to, count);
        if (holders == 1)
            run_add(run, page, page + count);
        else if ((holders & 1) != 0)
            run_add_some(run, parent->entries, page, page + count, 2);
    }
    return true;
}

// What the store has of a page is true as long as nobody writes to it: that is settled before others hold its frame.
static void settle_written(const struct pager_object *parent, uint64_t first, uint64_t end, struct run *run) {
    if (!is_stored(parent)) return;
    for (uint64_t page = first, row; (page = object_used(parent, page, end)) < end; page = row) {
        row = row_end(parent, page, end);
        run_add_some(run, parent->entries, page, row, 1);
    }
    run_end(run);
    run->object = NULL;
    places_note_written(parent, first, end);
}

enum pager_error fork_object(struct pager_object *parent, uint64_t first, const struct object_plan *plan,
                             struct pager_object **made) {
    struct pager_object *child;
    uint64_t cookie = parent->cookie;
    if (parent->ops->fork == NULL || may_be_passed_on(parent)) return PAGER_UNSUPPORTED;
    enum pager_error error = object_make(plan, &child);
    if (error != PAGER_OK) return error;
    if (object_find(cookie) == NULL) { // making room for the child ended it: its space is no more
        object_end(child, false);
        return PAGER_NO_OBJECT;
    }
    uint64_t count = parent->count > first ? parent->count - first : 0;
    object_count(child, count < child->pages ? count : child->pages);
    struct run run = {.object = (parent->rights & RIGHT_WRITE) != 0 && is_seen(parent) ? parent : NULL};
    settle_written(parent, first, first + child->pages, &run);
    bool copied = copy_entries(parent, first, child, &run);
    run_end(&run);
    if (!copied) {
        object_end(child, false);
        return PAGER_OUT_OF_MEMORY;
    }
    if (!parent->ops->fork(parent, first, child)) {
        object_end(child, false);
        return PAGER_UNSUPPORTED;
    }
    *made = child;
    return PAGER_OK;
}
