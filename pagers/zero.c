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

static enum pager_case fault_zero(struct pager_fault *fault) {
    struct pager_object *object = fault->object;
    uint32_t entry = object->entries[fault->page];
    if (entry != 0) return private_fault(fault, entry);
    if (pager_is_write(fault))
        return private_fresh(fault, (fault->label & FAULT_PRESENT) != 0 ? PAGER_CASE_zero_write : PAGER_CASE_fresh);
    uint64_t rights = object->granted & ~(uint64_t)RIGHT_WRITE;
    return pager_map(fault, pager_zero_frame(), pager_ahead(fault), rights, PAGER_CASE_zero_read);
}

const struct pager_ops kind_zero = {
    .name = "zero",
    .fault = fault_zero,
    .fork = private_fork,
    .evict = private_evict,
};
