// SPDX-License-Identifier: MIT
// Pages of one's own, shared with those they were forked from or to until somebody writes: for every kind of private
// memory.
#pragma once

#include <os/pager.h>

// The entry has a frame: one of the three cases that private.c begins with.
enum pager_case private_fault(struct pager_fault *fault, uint64_t entry);
// It has none: a zeroed frame; for a client that walks upwards, some ahead.
enum pager_case private_walk(struct pager_fault *fault, enum pager_case what);
static inline enum pager_case private_fresh(struct pager_fault *fault, enum pager_case what) {
    uint64_t own = pager_walks(fault) ? 0 : pager_fill_one(fault, true);
    return own != 0 ? pager_map(fault, own, 1, fault->object->granted, what) : private_walk(fault, what);
}
// Nothing but frames is inherited.
bool private_fork(const struct pager_object *parent, uint64_t first, struct pager_object *child);
// A page that is all zero needs no frame.
uint32_t private_evict(struct pager_object *object, uint64_t page, uint32_t entry, bool dirty);
