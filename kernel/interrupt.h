// SPDX-License-Identifier: MIT
// Interrupts of this hart: from other harts, the timer, devices. None is taken in the kernel; they are looked for.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct machine;
struct port;

void interrupt_init(const struct machine *machine);
// On each hart: which interrupts wake it from sleep or leave user mode.
void interrupt_enable_here(void);
// The bits of those that wait.
uint64_t interrupt_pending(void);
// Serve all that wait. => with the kernel locked
void interrupt_serve(void);
// Notify a port of these bits whenever the source raises its line. => false: there is no such source
bool interrupt_listen(uint32_t source, struct port *port, uint64_t bits);
// The source has been served, and may raise its line again. => the same
bool interrupt_complete(uint32_t source);
