// SPDX-License-Identifier: MIT
// Private pages: copy-on-write, without chains. What a frame is shared by is a count beside it.
//
//   entry     holders    fault      then
//   frame     one        read       mapped once more, writable at once                     again
//   frame     one        write      the page that is there is made writable                reuse
//   frame     several    read       mapped, without the right to write                     again
//   frame     several    write      a frame of its own with the same content               copy
//                                   ... and the others are one holder fewer
//   stored               any        the backing store is asked                             later
//   none                            the kind decides: zeros, or what stands below
#include "private.h"

#include "kinds.h"

static __attribute__((noinline)) struct pager_verdict copy_slowly(struct pager_object *object, uint64_t page,
                                                                  uint64_t label, uint64_t old) {
    object->entries[page] = 0; // or the page would go, to make room for its own copy
    if (pager_fill(object, page, 1, false) == 0) {
        object->entries[page] = (uint32_t)old;
        return pager_no_frame(object, page, label);
    }
    uint64_t own = pager_frame_va(object->entries[page]);
    pager_copy(own, pager_frame_va(old));
    pager_release(object, (uint32_t)old);
    return pager_map(object, own, 1, PAGER_CASE_copy);
}

static __attribute__((noinline)) struct pager_verdict copy(struct pager_object *object, uint64_t page, uint64_t label,
                                                           uint64_t old) {
    if (!pager_has_one(object)) return copy_slowly(object, page, label, old);
    return pager_map(object, pager_fill_copy(object, page, old), 1, PAGER_CASE_copy);
}

// A frame that others have lost, and would find in the backing store as it is; or one that was lost itself.
static __attribute__((noinline)) struct pager_verdict recover(struct pager_object *object, uint64_t page,
                                                              uint64_t label, uint64_t entry) {
    if ((entry & ENTRY_STORED) != 0) return pager_fetch(object, page, label);
    return pager_is_write(label) ? copy_slowly(object, page, label, entry)
                                 : pager_map_to_read(object, pager_frame_va(entry), 1, PAGER_CASE_again);
}

struct pager_verdict private_fault(struct pager_object *object, uint64_t page, uint64_t label, uint64_t entry) {
    uint64_t frame = pager_frame_va(entry);
    if (pager_holders(entry) == 1) {
        if (pager_is_write(label) && pager_is_there(label)) return pager_map(object, frame, 1, PAGER_CASE_reuse);
        return pager_map(object, frame, 1, PAGER_CASE_again);
    }
    if (pager_holders(entry) <= 0) return recover(object, page, label, entry);
    if (pager_is_write(label)) return copy(object, page, label, entry);
    return pager_map_to_read(object, frame, 1, PAGER_CASE_again);
}

struct pager_verdict private_fresh(struct pager_object *object, uint64_t page, uint64_t label, uint64_t neighbours) {
    uint64_t pages = pager_fill(object, page, pager_ahead(object, page, neighbours), true);
    if (pages == 0) return pager_no_frame(object, page, label);
    uint64_t own = pager_frame_va(object->entries[page]);
    return pager_map(object, own, pages, pager_is_there(label) ? PAGER_CASE_zero_write : PAGER_CASE_fresh);
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
