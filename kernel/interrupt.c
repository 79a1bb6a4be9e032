// SPDX-License-Identifier: MIT
// Interrupts of this hart: from other harts, the timer, devices.
#include "interrupt.h"

#include "csr.h"
#include "hart.h"
#include "machine.h"
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

static struct span controller;
static uint32_t sources;

static volatile uint32_t *controller_register(uint64_t offset)
{
    return direct(pa(controller.start + offset));
}

static uint64_t context_offset(uint64_t offset)
{
    return CONTROLLER_CONTEXT + hart_here()->context * (uint64_t)CONTROLLER_CONTEXT_STRIDE + offset;
}

void interrupt_init(const struct machine *machine)
{
    controller = machine->interrupt_controller;
    sources = machine->interrupt_sources;
    for (uint32_t source = 1; source <= sources && controller.size != 0; source++)
        *controller_register(source * sizeof(uint32_t)) = 0;
}

void interrupt_enable_here(void)
{
    timer_set(TIMER_NEVER);
    csr_write(sie, INTERRUPT_SOFTWARE | INTERRUPT_TIMER | INTERRUPT_EXTERNAL);
    if (controller.size == 0)
        return;
    uint64_t enable = CONTROLLER_ENABLE + hart_here()->context * (uint64_t)CONTROLLER_ENABLE_STRIDE;
    for (uint32_t word = 0; word <= sources / 32; word++)
        *controller_register(enable + word * sizeof(uint32_t)) = 0;
    *controller_register(context_offset(CONTEXT_THRESHOLD)) = 0;
}

uint64_t interrupt_pending(void)
{
    return csr_read(sip) & csr_read(sie);
}

void interrupt_serve(void)
{
    struct hart *hart = hart_here();
    uint64_t pending = interrupt_pending();
    if (pending != 0)
        ring_record(&hart->ring, EVENT_interrupt, pending, 0);
    if ((pending & INTERRUPT_SOFTWARE) != 0) {
        csr_clear(sip, INTERRUPT_SOFTWARE);
        hart->interrupts_from_others++;
    }
    if ((pending & INTERRUPT_TIMER) != 0) {
        timer_set(TIMER_NEVER);
        hart->timer_interrupts++;
    }
    if ((pending & INTERRUPT_EXTERNAL) != 0) {
        uint32_t source = *controller_register(context_offset(CONTEXT_CLAIM));
        if (source != 0)
            *controller_register(context_offset(CONTEXT_CLAIM)) = source;
    }
}
