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

static enum pager_case show_zeros(struct pager_fault *fault, uint64_t pages) {
    uint64_t rights = fault->object->granted & ~(uint64_t)RIGHT_WRITE;
    return pager_map(fault, PAGER_ZERO_FRAME, pages, rights, PAGER_CASE_zero_read);
}

static __attribute__((noinline)) enum pager_case walk(struct pager_fault *fault) {
    return show_zeros(fault, pager_ahead(fault));
}

static enum pager_case fault_zero(struct pager_fault *fault) {
    uint64_t entry = fault->object->entries[fault->page];
    if (entry != 0) return private_fault(fault, entry);
    if (pager_is_write(fault))
        return private_fresh(fault, (fault->label & FAULT_PRESENT) != 0 ? PAGER_CASE_zero_write : PAGER_CASE_fresh);
    return pager_walks(fault) ? walk(fault) : show_zeros(fault, 1);
}

const struct pager_ops kind_zero = {
    .name = "zero",
    .fault = fault_zero,
    .fork = private_fork,
    .evict = private_evict,
};
