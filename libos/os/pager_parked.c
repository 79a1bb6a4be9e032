// SPDX-License-Identifier: MIT
// Faults that are answered later: several threads may wait for one page, and each has its token.
#include "pager_parked.h"

#include "pager_clients.h"
#include "pager_loop.h"
#include "pager_objects.h"

enum { PARKED_MOST = 128, ANY_PAGE = -1 };

struct parked {
    uint64_t token, va, cookie, page, label, neighbours;
};

static struct parked put_off; // what a kind has just put off
static struct parked *const parked = (struct parked *)PAGER_PARKED;
static uint64_t top;
static unsigned count;

void parked_start(void) {
    top = PAGER_PARKED;
    count = 0;
}

struct pager_verdict pager_later(struct pager_object *object, uint64_t page, uint64_t label, uint64_t neighbours) {
    put_off = (struct parked){.cookie = object->cookie, .page = page, .label = label, .neighbours = neighbours};
    return pager_say(object, PAGER_NO_VERDICT, 0, PAGER_CASE_later);
}

bool parked_add(uint64_t token, uint64_t va) {
    if (count == PARKED_MOST || !tables_grow(&top, (uint64_t)&parked[count + 1])) return false;
    put_off.token = token;
    put_off.va = va;
    parked[count++] = put_off;
    return true;
}

// Those that are not ready yet after all go to the end, where this does not come by again.
static void ask_again(uint64_t cookie, uint64_t page) {
    for (unsigned i = count; i > 0; i--) {
        struct parked one = parked[i - 1];
        if (one.cookie != cookie || (page != (uint64_t)ANY_PAGE && one.page != page)) continue;
        parked[i - 1] = parked[--count];
        struct pager_object *object = object_find(cookie);
        struct pager_verdict verdict = loop_no_object();
        if (object != NULL) verdict = loop_ask(object, one.page, one.label, one.neighbours);
        loop_answer(one.token, object, one.va, verdict);
    }
}

void pager_ready(const struct pager_object *object, uint64_t page) { ask_again(object->cookie, page); }

void parked_end(uint64_t cookie) { ask_again(cookie, (uint64_t)ANY_PAGE); }
