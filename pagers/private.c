// SPDX-License-Identifier: MIT
// Private pages: copy-on-write, without chains. What a frame is shared by is a count beside it.
//
//   entry     holders    fault      then
//   frame     one        read       mapped once more, writable at once                     again
//   frame     one        write      the page that is there is made writable                reuse
//   frame     several    read       mapped, without the right to write                     again
//   frame     several    write      a frame of its own with the same content               copy
//                                   ... and the others are one holder fewer
//   none                            the kind decides: zeros, or what stands below
#include "private.h"

#include "kinds.h"

#define SHARED_RIGHTS (~(uint64_t)RIGHT_WRITE)

static inline enum pager_case copy_to(struct pager_fault *fault, uint64_t own, uint64_t old) {
    pager_copy(own, pager_frame_va(old));
    pager_release_shared(fault->object, old);
    return pager_map(fault, own, 1, fault->object->granted, PAGER_CASE_copy);
}

static __attribute__((noinline)) enum pager_case copy_slowly(struct pager_fault *fault, uint64_t old) {
    if (pager_fill(fault, 1, false) == 0) return pager_no_frame(fault);
    return copy_to(fault, pager_frame_va(fault->object->entries[fault->page]), old);
}

static __attribute__((noinline)) enum pager_case copy(struct pager_fault *fault, uint64_t old) {
    uint64_t own = pager_fill_one(fault, false);
    return own != 0 ? copy_to(fault, own, old) : copy_slowly(fault, old);
}

enum pager_case private_fault(struct pager_fault *fault, uint64_t entry) {
    uint64_t rights = fault->object->granted;
    if (pager_holders(entry) > 1) {
        if (pager_is_write(fault)) return copy(fault, entry);
        return pager_map(fault, pager_frame_va(entry), 1, rights & SHARED_RIGHTS, PAGER_CASE_again);
    }
    bool is_there = pager_is_write(fault) && (fault->label & FAULT_PRESENT) != 0;
    return pager_map(fault, pager_frame_va(entry), 1, rights, is_there ? PAGER_CASE_reuse : PAGER_CASE_again);
}

enum pager_case private_walk(struct pager_fault *fault, enum pager_case what) {
    uint64_t pages = pager_fill(fault, pager_ahead(fault), true);
    if (pages == 0) return pager_no_frame(fault);
    return pager_map(fault, pager_frame_va(fault->object->entries[fault->page]), pages, fault->object->granted, what);
}

bool private_fork(const struct pager_object *parent, uint64_t first, struct pager_object *child) {
    (void)parent;
    (void)first;
    (void)child;
    return true;
}

uint32_t private_evict(struct pager_object *object, uint64_t page, uint32_t entry, bool dirty) {
    (void)object;
    (void)page;
    (void)dirty;
    return pager_is_zero(pager_frame_va(entry)) ? 0 : entry;
}
