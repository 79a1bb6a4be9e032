// SPDX-License-Identifier: MIT
// Pages of one's own, shared with those they were forked from or to until somebody writes: for every kind of private
// memory.
#pragma once

#include <os/pager.h>

// The entry has a frame: one of the three cases that private.c begins with.
struct pager_verdict private_fault(struct pager_object *object, uint64_t page, uint64_t label, uint64_t entry);
// It has none: a zeroed frame; for a client that walks upwards, some ahead.
struct pager_verdict private_walk(struct pager_object *object, uint64_t page, uint64_t label, uint64_t neighbours,
                                  enum pager_case what);
static inline struct pager_verdict private_fresh(struct pager_object *object, uint64_t page, uint64_t label,
                                                 uint64_t neighbours, enum pager_case what) {
    uint64_t own = pager_walks(object, page, neighbours) ? 0 : pager_fill_one(object, page);
    return own != 0 ? pager_map(object, own, 1, what) : private_walk(object, page, label, neighbours, what);
}
// Nothing but frames is inherited.
bool private_fork(const struct pager_object *parent, uint64_t first, struct pager_object *child);
// A page that is all zero needs no frame.
uint32_t private_evict(struct pager_object *object, uint64_t page, uint32_t entry, bool dirty);
