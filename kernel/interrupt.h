// SPDX-License-Identifier: MIT
// Interrupts of this hart: from other harts, the timer, devices. None is taken in the kernel; they are looked for.
#pragma once

#include "csr.h"

struct port;

// The platform-level interrupt controller, by its specification: its registers, first the priority of each source.
extern volatile uint32_t *interrupt_controller;
extern uint32_t interrupt_sources; // the highest

enum { INTERRUPT_SOURCES = 1024, CONTEXT_THRESHOLD = 0, CONTEXT_CLAIM = 1 };

// The registers of a context, which is one hart's supervisor mode.
static inline volatile uint32_t *interrupt_context(uint64_t context) {
    return interrupt_controller + (0x200000 + 0x1000 * context) / sizeof(uint32_t);
}

// The word of a context's enables that has this source.
static inline volatile uint32_t *interrupt_enables(uint64_t context, uint32_t source) {
    return interrupt_controller + (0x2000 + 0x80 * context) / sizeof(uint32_t) + source / 32;
}

// The bits of those that wait.
static inline uint64_t interrupt_pending(void) { return csr_read(sip) & csr_read(sie); }

// Serve all that wait. => with the kernel locked
void interrupt_serve(void);
// Notify a port of these bits whenever the source raises its line. There is such a source.
void interrupt_listen(uint32_t source, struct port *port, uint64_t bits);
// The port is dead: no source notifies it any more. The caller has a reference of its own.
void interrupt_forget(struct port *port);
// The source has been served, and may raise its line again.
void interrupt_complete(uint32_t source);
