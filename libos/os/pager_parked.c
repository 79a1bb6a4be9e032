// SPDX-License-Identifier: MIT
// Faults that are answered later: several threads may wait for one page, and each has its token.
#include "pager_parked.h"

#include "pager_frames.h"
#include "pager_loop.h"

enum { PARKED_MOST = 128, ANY_PAGE = -1 };

struct parked {
    uint64_t token, cookie, space, offset, page;
    uint64_t va, label, neighbours;
};

static struct parked *const parked = (struct parked *)PAGER_PARKED;
static uint64_t top;
static unsigned count;

void parked_start(void) {
    top = PAGER_PARKED;
    count = 0;
}

bool parked_add(uint64_t token, uint64_t offset, const struct pager_fault *fault) {
    if (count == PARKED_MOST || !tables_grow(&top, (uint64_t)&parked[count + 1])) return false;
    parked[count++] = (struct parked){token,     fault->object->cookie, fault->object->space, offset, fault->page,
                                      fault->va, fault->label,          fault->neighbours};
    return true;
}

// Those that are not ready yet after all go to the end, where this does not come by again.
static void ask_again(uint64_t cookie, uint64_t page) {
    for (unsigned i = count; i > 0; i--) {
        struct parked one = parked[i - 1];
        if (one.cookie != cookie || (page != (uint64_t)ANY_PAGE && one.page != page)) continue;
        parked[i - 1] = parked[--count];
        struct pager_fault fault = {.va = one.va, .label = one.label, .neighbours = one.neighbours};
        loop_resolve(one.cookie, one.space, one.offset, &fault);
        loop_answer(one.token, one.offset, &fault);
    }
}

void pager_ready(const struct pager_object *object, uint64_t page) { ask_again(object->cookie, page); }

void parked_end(uint64_t cookie) { ask_again(cookie, (uint64_t)ANY_PAGE); }
