// SPDX-License-Identifier: MIT
// The event ring of a hart, as a privileged program sees it.
#pragma once

#include <stdint.h>

enum event_kind {
#define EVENT(name, first, second) EVENT_##name,
#include <abi/events.def>
#undef EVENT
    EVENT_KINDS,
};

struct event {
    uint64_t cycle;
    uint64_t kind;
    uint64_t first, second;
};

enum {
    RING_PAGES = 2,
    RING_EVENTS = 255,
};

// What the call `events` maps. Event number n, from 0 on, stands at n % RING_EVENTS until a later one takes its place.
struct event_ring {
    uint64_t count; // events ever recorded
    uint64_t unused[3];
    struct event event[RING_EVENTS];
};
