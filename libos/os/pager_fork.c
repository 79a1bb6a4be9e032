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

enum { PAGES_AT_A_TIME = 512 };

// The range's pages are written no more without a fault. Only where there are any.
static void lower(const struct pager_object *parent, uint64_t page, uint64_t end) {
    if ((parent->rights & RIGHT_WRITE) == 0 || !is_seen(parent)) return;
    while ((page = object_used(parent, page, end)) < end) {
        uint64_t pages = end - page < PAGES_AT_A_TIME ? end - page : PAGES_AT_A_TIME;
        struct result result = os_prot(parent->space, parent->va + page * SLOT_SIZE, pages, RIGHT_READ | RIGHT_EXECUTE);
        if (result.status == STATUS_GONE) return;
        page += result.value > 0 ? result.value : 1;
    }
}

// A row of entries, all of one part on both sides.
static void copy_row(const uint32_t *from, uint32_t *to, uint64_t count, struct pager_object *child) {
    int32_t resident = 0;
    for (const uint32_t *end = from + count; from != end; from++, to++) {
        uint32_t entry = *from;
        if ((entry & ENTRY_FRAME) == 0) {
            if ((entry & ENTRY_STORED) != 0) place_hold(*to = entry);
            continue;
        }
        *to = entry;
        frame_hold(entry);
        resident++;
    }
    child->account->room -= resident;
}

// => false: no memory for the child's entries
static bool copy_entries(const struct pager_object *parent, uint64_t first, struct pager_object *child) {
    uint64_t end = first + child->pages;
    for (uint64_t page = object_used(parent, first, end); page < end; page = object_used(parent, page, end)) {
        if (!object_back(child, page - first, 0)) return false;
        uint64_t count = ENTRIES_PER_PAGE - page % ENTRIES_PER_PAGE;
        uint64_t other = ENTRIES_PER_PAGE - (page - first) % ENTRIES_PER_PAGE;
        if (count > other) count = other;
        if (count > end - page) count = end - page;
        copy_row(&parent->entries[page], &child->entries[page - first], count, child);
        page += count;
    }
    return true;
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
    lower(parent, first, first + child->pages);
    places_note_written(parent, first, first + child->pages);
    if (!copy_entries(parent, first, child)) {
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
