// SPDX-License-Identifier: MIT
// Pages of one's own, shared with those they were forked from or to until somebody writes: for every kind of private
// memory.
#pragma once

#include <os/pager.h>

// The entry has a frame: one of the three cases that private.c begins with.
struct pager_verdict private_fault(struct pager_object *object, uint64_t page, uint64_t label, uint64_t entry);
// It has none: a zeroed frame; for a client that walks upwards, some ahead.
struct pager_verdict private_fresh(struct pager_object *object, uint64_t page, uint64_t label, uint64_t neighbours);
// The same, where one is simple to have and enough.
static inline bool private_is_simple(const struct pager_object *object, uint64_t page, uint64_t neighbours) {
    return !pager_walks(object, page, neighbours) && pager_has_one(object);
}
static inline struct pager_verdict private_fresh_one(struct pager_object *object, uint64_t page, uint64_t label) {
    uint64_t own = pager_fill_one(object, page);
    if (pager_is_there(label)) return pager_map(object, own, 1, PAGER_CASE_zero_write);
    return pager_map(object, own, 1, PAGER_CASE_fresh);
}
// Nothing but frames is inherited.
bool private_fork(const struct pager_object *parent, uint64_t first, struct pager_object *child);
// A page that is all zero needs no frame.
uint32_t private_evict(struct pager_object *object, uint64_t page, uint32_t entry, bool dirty);
