// SPDX-License-Identifier: MIT
// Interrupts of this hart: from other harts, the timer, devices.
#include "interrupt.h"

#include "csr.h"
#include "deadline.h"
#include "hart.h"
#include "machine.h"
#include "port.h"
#include "timer.h"

// The platform-level interrupt controller, by its specification: a context is one hart's supervisor mode.
enum {
    CONTROLLER_ENABLE = 0x2000,
    CONTROLLER_ENABLE_STRIDE = 0x80,
    CONTROLLER_CONTEXT = 0x200000,
    CONTROLLER_CONTEXT_STRIDE = 0x1000,
    CONTEXT_THRESHOLD = 0,
    CONTEXT_CLAIM = 4,
};

enum {
    SOURCES_MOST = 1024,
};

// Who hears of a source.
struct listener {
    struct port *port;
    uint64_t bits;
};

static struct span controller;
static uint32_t sources;
static struct listener listeners[SOURCES_MOST];

static volatile uint32_t *controller_register(uint64_t offset) { return direct(pa(controller.start + offset)); }

// All sources come to the hart that booted, so that any hart can complete them.
static volatile uint32_t *context_register(uint64_t offset) {
    return controller_register(CONTROLLER_CONTEXT + harts[0].context * (uint64_t)CONTROLLER_CONTEXT_STRIDE + offset);
}

static volatile uint32_t *enable_register(uint32_t context, uint32_t source) {
    uint64_t enables = CONTROLLER_ENABLE + context * (uint64_t)CONTROLLER_ENABLE_STRIDE;
    return controller_register(enables + source / 32 * sizeof(uint32_t));
}

void interrupt_init(const struct machine *machine) {
    controller = machine->interrupt_controller;
    sources = machine->interrupt_sources < SOURCES_MOST ? machine->interrupt_sources : SOURCES_MOST - 1;
    for (uint32_t source = 1; source <= sources; source++) *controller_register(source * sizeof(uint32_t)) = 0;
}

void interrupt_enable_here(void) {
    timer_set(TIMER_NEVER);
    csr_write(sie, INTERRUPT_SOFTWARE | INTERRUPT_TIMER | INTERRUPT_EXTERNAL);
    csr_write(scounteren, 7); // user programs may count cycles, time and instructions
    csr_clear(sstatus, SSTATUS_FS | SSTATUS_SPP);
    for (uint32_t source = 0; source <= sources; source += 32) *enable_register(hart_here()->context, source) = 0;
    if (hart_here() == &harts[0]) *context_register(CONTEXT_THRESHOLD) = 0;
}

uint64_t interrupt_pending(void) { return csr_read(sip) & csr_read(sie); }

// It stays claimed, and silent, until its listener has served it: see interrupt_complete().
static void tell_listener(void) {
    uint32_t source = *context_register(CONTEXT_CLAIM);
    if (source == 0 || source > sources) return;
    const struct listener *listener = &listeners[source];
    if (listener->port != NULL && !listener->port->object.dead) port_notify(listener->port, listener->bits);
}

void interrupt_serve(void) {
    struct hart *hart = hart_here();
    uint64_t pending = interrupt_pending();
    if (pending != 0) ring_record(hart, EVENT_interrupt, pending, 0);
    if ((pending & INTERRUPT_SOFTWARE) != 0) {
        csr_clear(sip, INTERRUPT_SOFTWARE);
        hart->interrupts_from_others++;
    }
    if ((pending & INTERRUPT_TIMER) != 0) {
        timer_set(TIMER_NEVER);
        hart->timer_interrupts++;
        space_destroy_some();
        deadline_serve();
    }
    if ((pending & INTERRUPT_EXTERNAL) != 0) tell_listener();
}

bool interrupt_listen(uint32_t source, struct port *port, uint64_t bits) {
    if (source == 0 || source > sources) return false;
    port_keep(port);
    port_drop(listeners[source].port);
    listeners[source] = (struct listener){port, bits};
    *controller_register(source * sizeof(uint32_t)) = 1;
    *enable_register(harts[0].context, source) |= 1u << source % 32;
    return true;
}

bool interrupt_complete(uint32_t source) {
    if (source == 0 || source > sources) return false;
    *context_register(CONTEXT_CLAIM) = source;
    return true;
}
