// SPDX-License-Identifier: MIT
// Interrupts of this hart: from other harts, the timer, devices. None is taken in the kernel; they are looked for.
#pragma once

#include "types.h"

struct port;

// The platform-level interrupt controller, by its specification: a context is one hart's supervisor mode.
struct interrupt_controller {
    uint64_t start; // of its registers
    uint32_t sources;
};

extern struct interrupt_controller interrupt_controller;

enum {
    INTERRUPT_SOURCES = 1024,
    CONTROLLER_ENABLE = 0x2000,
    CONTROLLER_ENABLE_STRIDE = 0x80,
    CONTROLLER_CONTEXT = 0x200000,
    CONTROLLER_CONTEXT_STRIDE = 0x1000,
    CONTEXT_THRESHOLD = 0,
    CONTEXT_CLAIM = 4,
};

static inline volatile uint32_t *interrupt_register(uint64_t offset) {
    return direct(pa(interrupt_controller.start + offset));
}

// The word of a context's enables that has this source.
static inline uint64_t interrupt_enables(uint64_t context, uint32_t source) {
    return CONTROLLER_ENABLE + context * CONTROLLER_ENABLE_STRIDE + source / 32 * sizeof(uint32_t);
}

// The bits of those that wait.
uint64_t interrupt_pending(void);
// Serve all that wait. => with the kernel locked
void interrupt_serve(void);
// Notify a port of these bits whenever the source raises its line. => false: there is no such source
bool interrupt_listen(uint32_t source, struct port *port, uint64_t bits);
// The port is dead: no source notifies it any more. The caller has a reference of its own.
void interrupt_forget(struct port *port);
// The source has been served, and may raise its line again. => the same
bool interrupt_complete(uint32_t source);
