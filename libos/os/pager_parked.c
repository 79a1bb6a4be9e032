// SPDX-License-Identifier: MIT
// Faults that are answered later: several threads may wait for one page, and each has its token.
#include "pager_parked.h"

#include "pager_clients.h"
#include "pager_loop.h"
#include "pager_store.h"

enum { PARKED_MOST = 1024 };

struct parked {
    uint64_t token, va, cookie, page, label, neighbours;
    bool for_store; // not for its page: until the backing store has done something
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

struct pager_verdict parked_wait(struct pager_object *object, uint64_t page, uint64_t label) {
    struct pager_verdict verdict = pager_later(object, page, label, 0);
    put_off.for_store = true;
    return verdict;
}

bool parked_add(uint64_t token, uint64_t va) {
    if (count == PARKED_MOST || !tables_grow(&top, (uint64_t)&parked[count + 1])) return false;
    put_off.token = token;
    put_off.va = va;
    parked[count++] = put_off;
    return true;
}

static void ask_again(unsigned place) {
    struct parked one = parked[place];
    parked[place] = parked[--count];
    struct pager_object *object = object_find(one.cookie);
    struct pager_verdict verdict = loop_no_object();
    if (object != NULL) verdict = loop_ask(object, one.page, one.label, one.neighbours);
    if (verdict_maps(verdict) && verdict_pages(verdict) == 1)
        verdict.word += (store_widen(object, one.page) - 1) << PAGER_PAGES_SHIFT;
    loop_answer(one.token, object, one.va, verdict);
}

// In all of these: who is not ready yet after all goes to the end, where this does not come by again.

void pager_ready(const struct pager_object *object, uint64_t page) {
    for (unsigned i = count; i > 0; i--) {
        if (parked[i - 1].cookie == object->cookie && parked[i - 1].page == page) ask_again(i - 1);
    }
}

void parked_for_store(void) {
    for (unsigned i = count; i > 0; i--) {
        if (parked[i - 1].for_store) ask_again(i - 1);
    }
}

void parked_end(uint64_t cookie) {
    for (unsigned i = count; i > 0; i--) {
        if (parked[i - 1].cookie == cookie) ask_again(i - 1);
    }
}
