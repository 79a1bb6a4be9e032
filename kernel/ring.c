// SPDX-License-Identifier: MIT
// The event ring, printed.
#include "console.h"
#include "trap.h"

static const char *const kinds[EVENT_KINDS][3] = {
#define EVENT(name, first, second) {#name, first, second},
#include <abi/events.def>
};

void ring_record(struct hart *hart, enum event_kind kind, uint64_t first, uint64_t second) {
    struct event_ring *ring = hart->ring;
    ring->event[ring->count++ % RING_EVENTS] = (struct event){csr_read(cycle), kind, first, second};
}

void ring_trace(struct hart *hart, enum event_kind kind, uint64_t first, uint64_t second) {
    if (hart->tracing) ring_record(hart, kind, first, second);
}

void ring_start(void) {
    for (uint32_t i = 0; i < HARTS; i++) {
        harts[i].tracing = true;
        trap_choose_ways(&harts[i]);
    }
}

void ring_print(unsigned most) {
    for (uint32_t i = 0; i < hart_count; i++) {
        const struct event_ring *ring = harts[i].ring;
        uint64_t shown = ring->count < most ? ring->count : most;
        if (shown != 0) print("pagoda:   last events of hart %u (cycle, event):\n", i);
        for (uint64_t n = ring->count - shown; n < ring->count; n++) {
            const struct event *event = &ring->event[n % RING_EVENTS];
            const char *const *kind = kinds[event->kind];
            print("pagoda:     %12lu %s %s %lx %s %lx\n", event->cycle, kind[0], kind[1], event->first, kind[2],
                  event->second);
        }
    }
}
