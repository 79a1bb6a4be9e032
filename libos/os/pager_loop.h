// SPDX-License-Identifier: MIT
// From a message to an answer.
#pragma once

#include "pager_objects.h"

// The object of a cookie, if it stands behind a region of the space. => NULL, and what is to be said
static inline struct pager_object *loop_object(uint64_t cookie, uint64_t space) {
    struct pager_object *object = object_find(cookie);
    return object != NULL && object->space == space ? object : NULL;
}
static inline struct pager_verdict loop_no_object(void) {
    return (struct pager_verdict){PAGER_NO_MAP | (uint64_t)VERDICT_FAIL << PAGER_VERDICT_SHIFT | PAGER_NO_OBJECT};
}
// The page that an address, or in a window an offset, means. Below a stack is its guard page.
static inline uint64_t loop_page(const struct pager_object *object, uint64_t va, uint64_t offset) {
    return (object->options & PAGER_WINDOW) != 0 ? offset / SLOT_SIZE : va / SLOT_SIZE - object->first;
}
// What a fault comes to.
struct pager_verdict loop_ask(struct pager_object *object, uint64_t page, uint64_t label, uint64_t neighbours);
// Give the answer, for the page that `va` is in.
void loop_answer(uint64_t token, struct pager_object *object, uint64_t va, struct pager_verdict verdict);

// What a verdict says; pages and rights: of MAP.
static inline bool verdict_maps(struct pager_verdict verdict) { return (int64_t)verdict.word >= 0; }
static inline uint64_t verdict_kind(struct pager_verdict verdict) {
    return verdict_maps(verdict) ? (uint64_t)VERDICT_MAP : verdict.word >> PAGER_VERDICT_SHIFT & 0xff;
}
#define VERDICT_FROM ((UINT64_C(1) << PAGER_PAGES_SHIFT) - SLOT_SIZE)
static inline uint64_t verdict_from(struct pager_verdict verdict) { return verdict.word & VERDICT_FROM; }
static inline uint64_t verdict_value(struct pager_verdict verdict) {
    return verdict_maps(verdict) ? verdict_from(verdict) : (uint32_t)verdict.word;
}
static inline uint64_t verdict_pages(struct pager_verdict verdict) { return verdict.word >> PAGER_PAGES_SHIFT; }
static inline uint64_t verdict_rights(struct pager_verdict verdict) { return verdict.word & RIGHTS_PAGE; }

// The place of the highest bit; 0 of 0.
static inline unsigned logarithm(uint64_t value) {
    unsigned result = 0;
    while (value >>= 1) result++;
    return result;
}

// => NULL: no kind of this name
const struct pager_ops *loop_kind(uint64_t name);
// Faults that were out of memory.
uint64_t loop_refused(void);
