// SPDX-License-Identifier: MIT
// The event ring: the last things that happened on a hart, with the cycle at which they did.
#pragma once

#include <abi/event.h>

static inline void ring_record(struct event_ring *ring, enum event_kind kind, uint64_t first, uint64_t second)
{
    struct event *event = &ring->event[ring->count++ % RING_EVENTS];
    __asm__ volatile("rdcycle %0" : "=r"(event->cycle));
    event->kind = kind;
    event->first = first;
    event->second = second;
}

// Print the last events of every hart that has some.
void ring_print(unsigned most);
