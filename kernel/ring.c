// SPDX-License-Identifier: MIT
// The event ring, printed.
#include "ring.h"

#include "console.h"
#include "csr.h"
#include "hart.h"
#include "trap.h"

static const struct {
    const char *name, *first, *second;
} kinds[EVENT_KINDS] = {
#define EVENT(name, first, second) {#name, first, second},
#include <abi/events.def>
#undef EVENT
};

void ring_record(struct hart *hart, enum event_kind kind, uint64_t first, uint64_t second) {
    struct event_ring *ring = hart->ring;
    struct event *event = &ring->event[ring->count++ % RING_EVENTS];
    event->cycle = csr_read(cycle);
    event->kind = kind;
    event->first = first;
    event->second = second;
}

void ring_trace(struct hart *hart, enum event_kind kind, uint64_t first, uint64_t second) {
    if (hart->tracing) ring_record(hart, kind, first, second);
}

void ring_start(void) {
    for (uint32_t i = 0; i < HARTS; i++) {
        harts[i].tracing = true;
        harts[i].calls = system_calls_traced;
    }
}

static void print_word(const char *name, uint64_t value) {
    if (name[0] != 0) print(" %s %lx", name, value);
}

static void print_event(const struct event *event) {
    uint64_t kind = event->kind < EVENT_KINDS ? event->kind : EVENT_none;
    print("pagoda:     %12lu %s", event->cycle, kinds[kind].name);
    print_word(kinds[kind].first, event->first);
    print_word(kinds[kind].second, event->second);
    print("\n");
}

void ring_print(unsigned most) {
    for (uint32_t i = 0; i < hart_count; i++) {
        const struct event_ring *ring = harts[i].ring;
        uint64_t shown = ring->count < most ? ring->count : most;
        if (shown != 0) print("pagoda:   last events of hart %u (cycle, event):\n", i);
        for (uint64_t n = ring->count - shown; n < ring->count; n++) print_event(&ring->event[n % RING_EVENTS]);
    }
}
