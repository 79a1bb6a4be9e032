// SPDX-License-Identifier: MIT
// Pagers that are wrong on purpose, each in its own way: `conform` must notice all of them.
#include <os/pager.h>

enum { REFUSES_AFTER = 40 };

// => where the page's frame is in our space, 0: there is none
static uint64_t frame_of(struct pager_object *object, uint64_t page) {
    const uint32_t *entry = &object->entries[page];
    if (*entry == 0 && pager_fill(object, page, 1, true) == 0) return 0;
    return pager_frame_va(*entry);
}

#define WRONG(name)                                                                                      \
    static struct pager_verdict fault_##name(struct pager_object *object, uint64_t page, uint64_t label, \
                                             uint64_t neighbours)

// Takes a page away after a while, and what was written with it.
WRONG(forgets) {
    (void)neighbours;
    uint64_t other = (page + object->pages / 2) % object->pages;
    if (frame_of(object, page) == 0) return pager_no_frame(object, page, label);
    if (object->entries[other] != 0) pager_drop(object, other, 1);
    return pager_map(object, frame_of(object, page), 1, PAGER_CASE_fresh);
}

// Never answers for some pages.
WRONG(silent) {
    if (page % 8 == 5) return pager_later(object, page, label, neighbours);
    if (frame_of(object, page) == 0) return pager_no_frame(object, page, label);
    return pager_map(object, frame_of(object, page), 1, PAGER_CASE_fresh);
}

// Maps a neighbour's frame.
WRONG(mixes) {
    (void)neighbours;
    uint64_t other = page % 16 == 9 ? page - 1 : page;
    if (frame_of(object, other) == 0) return pager_no_frame(object, page, label);
    return pager_map(object, frame_of(object, other), 1, PAGER_CASE_fresh);
}

// Lets nobody write.
WRONG(stubborn) {
    (void)neighbours;
    if (frame_of(object, page) == 0) return pager_no_frame(object, page, label);
    return pager_map_to_read(object, frame_of(object, page), 1, PAGER_CASE_fresh);
}

// Shows the same page to everybody.
WRONG(shares) {
    static uint64_t first;
    (void)neighbours;
    if (frame_of(object, page) == 0) return pager_no_frame(object, page, label);
    if (page == 3 && first == 0) first = frame_of(object, page);
    return pager_map(object, page == 3 ? first : frame_of(object, page), 1, PAGER_CASE_fresh);
}

// Refuses with a reason that is none of its own.
WRONG(moody) {
    static uint64_t asked;
    (void)neighbours;
    if (++asked > REFUSES_AFTER) return pager_fail(object, PAGER_IO_ERROR);
    if (frame_of(object, page) == 0) return pager_no_frame(object, page, label);
    return pager_map(object, frame_of(object, page), 1, PAGER_CASE_fresh);
}

#define KIND(kind) static const struct pager_ops kind = {.name = #kind, .fault = fault_##kind}
KIND(forgets);
KIND(silent);
KIND(mixes);
KIND(stubborn);
KIND(shares);
KIND(moody);

int main(void) {
    static const struct pager_ops *const kinds[] = {&forgets, &silent, &mixes, &stubborn, &shares, &moody};
    return pager_host(kinds, sizeof kinds / sizeof kinds[0]);
}
