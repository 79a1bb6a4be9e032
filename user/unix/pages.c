// SPDX-License-Identifier: MIT
// Pages of the server's own quota: those that were promised are there, the others are for who asks first.
#include "pages.h"

#include <os/arena.h>
#include <os/stubs.h>
#include <os/threads.h>

enum { KEPT = 16, SPARE = 24 }; // at hand; for page tables, and objects that clients' regions cost

static uint64_t most, promised, extra; // extra: in use beyond those that were promised
static uint64_t kept[KEPT], kept_count;

void pages_begin(void) {
    os_space_control(HANDLE_SELF, SPACE_COUNTERS, 0, 0);
    const struct space_counters *counters = os_self()->message;
    uint64_t left = counters->quota - counters->used;
    most = left > SPARE ? left - SPARE : 0;
}

uint64_t pages_left(void) { return promised + extra < most ? most - promised - extra : 0; }

bool pages_promise(void) {
    if (pages_left() == 0) return false;
    promised++;
    return true;
}

void pages_release(void) { promised--; }

uint64_t pages_take(bool first) {
    if (!first && pages_left() == 0) return 0;
    uint64_t page = kept_count > 0 ? kept[--kept_count] : os_pages_take(1);
    if (page != 0 && !first) extra++;
    return page;
}

void pages_give(uint64_t page, bool first) {
    if (!first) extra--;
    if (kept_count < KEPT)
        kept[kept_count++] = page;
    else
        os_pages_give(page, 1);
}
