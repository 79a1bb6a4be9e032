// SPDX-License-Identifier: MIT
// A backing store in the host's own memory.
#include "memory_store.h"

#include <os/arena.h>
#include <os/child.h>
#include <os/pager.h>
#include <os/time.h>

#include "slots.h"

enum { QUEUE = 48, WORDS = 256, RETRY = 500 };
#define BIT (UINT64_C(1) << 50)

struct work {
    uint64_t va;
    uint32_t place;
    bool is_put;
};

OS_SHARED volatile struct memory_store memory_store;

static struct slots slots;
static uint64_t words[WORDS], base, port, queued;
static struct work queue[QUEUE];

static uint64_t take(uint64_t wanted, uint32_t *first) {
    uint64_t place = 0, got = slots_take(&slots, wanted, &place);
    *first = (uint32_t)place;
    return got;
}

static void give(uint32_t place) { slots_give(&slots, place); }

static bool begin(uint32_t place, uint64_t va, bool is_put) {
    if (queued == QUEUE || memory_store.refuse) return false;
    queue[queued++] = (struct work){va, place, is_put};
    return true;
}

static bool put(uint32_t place, uint64_t va) { return begin(place, va, true); }

static bool get(uint32_t place, uint64_t va) { return begin(place, va, false); }

static void go(void) {
    if (memory_store.delay > 0)
        os_timer(port, BIT, os_after(memory_store.delay));
    else
        os_notify(port, BIT);
}

// As a disk does: the content is moved when the time has come, not when it was asked for.
static void wake(uint64_t bits) {
    if ((bits & BIT) == 0) return;
    if (memory_store.hold) {
        os_timer(port, BIT, os_after(RETRY));
        return;
    }
    for (uint64_t i = 0; i < queued; i++) {
        const struct work *work = &queue[i];
        uint64_t at = base + work->place * (uint64_t)OS_PAGE;
        bool good = work->is_put ? !memory_store.fail_put : !memory_store.fail_get;
        if (good && work->is_put) pager_copy(at, work->va);
        if (good && !work->is_put) pager_copy(work->va, at);
        if (work->is_put)
            pager_put_done(work->place, good);
        else
            pager_get_done(work->place, good);
    }
    queued = 0;
}

static struct pager_backing backing = {.take = take, .give = give, .put = put, .get = get, .go = go, .wake = wake};

void memory_store_set(uint64_t pages) {
    memory_store.hold = memory_store.fail_put = memory_store.fail_get = memory_store.refuse = false;
    memory_store.delay = 0;
    memory_store.pages = pages;
}

bool memory_store_start(uint64_t own_port) {
    port = own_port;
    queued = 0;
    base = os_pages_take(memory_store.pages);
    if (base == 0 || slots_words(memory_store.pages) > WORDS) return false;
    slots_start(&slots, words, memory_store.pages);
    backing.places = memory_store.pages;
    pager_back_with(&backing);
    return true;
}
