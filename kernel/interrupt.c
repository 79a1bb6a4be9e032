// SPDX-License-Identifier: MIT
// Interrupts of this hart: from other harts, the timer, devices.
#include "interrupt.h"

#include "port.h"

volatile uint32_t *interrupt_controller;
uint32_t interrupt_sources;

static struct port *listener[INTERRUPT_SOURCES]; // who hears of a source
static uint64_t listener_bits[INTERRUPT_SOURCES];

// All sources come to the hart that booted, so that any hart can complete them.
static volatile uint32_t *claim_register(void) { return interrupt_context(harts[0].context) + CONTEXT_CLAIM; }

void interrupt_serve(void) {
    uint64_t pending = interrupt_pending();
    if (pending != 0) ring_record(hart_here(), EVENT_interrupt, pending, 0);
    csr_clear(sip, INTERRUPT_SOFTWARE);
    if ((pending & INTERRUPT_TIMER) != 0) {
        timer_set(TIMER_NEVER);
        object_destroy_some();
        deadline_serve();
    }
    if ((pending & INTERRUPT_EXTERNAL) == 0) return;
    uint32_t source = *claim_register(); // claimed, and silent, until its listener has served it: interrupt_complete()
    if (source < INTERRUPT_SOURCES && listener[source] != NULL) port_notify(listener[source], listener_bits[source]);
}

void interrupt_listen(uint32_t source, struct port *port, uint64_t bits) {
    port_keep(port);
    port_drop(listener[source]);
    listener[source] = port;
    listener_bits[source] = bits;
    port->listens = true;
    interrupt_controller[source] = 1;
    *interrupt_enables(harts[0].context, source) |= 1u << source % 32;
}

void interrupt_forget(struct port *port) {
    for (uint32_t source = 1; source <= interrupt_sources; source++) {
        if (listener[source] != port) continue;
        *claim_register() = source; // if it is claimed: whoever listens next hears of it again
        *interrupt_enables(harts[0].context, source) &= ~(1u << source % 32);
        listener[source] = NULL;
        port_drop(port);
    }
}

void interrupt_complete(uint32_t source) { *claim_register() = source; }
