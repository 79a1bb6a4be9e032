// SPDX-License-Identifier: MIT
// zero: memory that begins as zero and is mostly read, or not touched at all: BSS, calloc.
//
//   entry     fault      then
//   none      read       the one zero frame, read-only; with its like ahead, when the client walks upwards
//   none      write      a zeroed frame, whether the zero frame was there or not
//   frame                private.c
//
// Where whole pages are to be zero again, discard gives them back instead of writing.
#include "kinds.h"
#include "private.h"

static struct pager_verdict show_zeros(struct pager_object *object, uint64_t pages) {
    return pager_map_to_read(object, PAGER_ZERO_FRAME, pages, PAGER_CASE_zero_read);
}

static __attribute__((noinline)) struct pager_verdict walk(struct pager_object *object, uint64_t page,
                                                           uint64_t neighbours) {
    return show_zeros(object, pager_ahead(object, page, neighbours));
}

static struct pager_verdict fault_zero(struct pager_object *object, uint64_t page, uint64_t label,
                                       uint64_t neighbours) {
    uint64_t entry = object->entries[page];
    if (entry != 0) return private_fault(object, page, label, entry);
    if (pager_is_there(label) && pager_has_one(object))
        return pager_map(object, pager_fill_one(object, page), 1, PAGER_CASE_zero_write);
    if (!pager_is_write(label)) {
        if (pager_walks(object, page, neighbours)) return walk(object, page, neighbours);
        return show_zeros(object, 1);
    }
    if (private_is_simple(object, page, neighbours)) return private_fresh_one(object, page, label);
    return private_fresh(object, page, label, neighbours);
}

const struct pager_ops kind_zero = {
    .name = "zero",
    .fault = fault_zero,
    .fork = private_fork,
    .evict = private_evict,
    .stored = true,
};
