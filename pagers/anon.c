// SPDX-License-Identifier: MIT
// anon: lazy memory for heaps, stacks and anonymous regions.
//
//   entry     fault           then
//   none      any access      a zeroed frame, writable at once; with some ahead, when the client walks upwards
//   frame                     private.c
//
// A heap begins empty (PAGER_EMPTY), and resize moves its end: what it loses goes back. A stack (PAGER_STACK) has a
// guard page at its lower end; above it, it grows wherever it is touched.
#include "kinds.h"
#include "private.h"

static struct pager_verdict fault_anon(struct pager_object *object, uint64_t page, uint64_t label,
                                       uint64_t neighbours) {
    uint64_t entry = object->entries[page];
    if (entry != 0) return private_fault(object, page, label, entry);
    if (private_is_simple(object, page, neighbours)) return private_fresh_one(object, page, label);
    return private_fresh(object, page, label, neighbours);
}

const struct pager_ops kind_anon = {
    .name = "anon",
    .fault = fault_anon,
    .fork = private_fork,
    .evict = private_evict,
    .stored = true,
};
