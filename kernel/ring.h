// SPDX-License-Identifier: MIT
// The event ring: the last things that happened on a hart, with the cycle at which they did.
#pragma once

#include <abi/event.h>

enum {
    RING_EVENTS = 128,
};

struct ring {
    uint64_t count; // events ever recorded; the next one goes to count % RING_EVENTS
    struct event event[RING_EVENTS];
};

static inline void ring_record(struct ring *ring, enum event_kind kind, uint64_t first, uint64_t second)
{
    struct event *event = &ring->event[ring->count++ % RING_EVENTS];
    __asm__ volatile("rdcycle %0" : "=r"(event->cycle));
    event->kind = kind;
    event->first = first;
    event->second = second;
}

// Print the last events of every hart that has some.
void ring_print(unsigned most);
