// SPDX-License-Identifier: MIT
// Interrupts of this hart: from other harts, the timer, devices. None is taken in the kernel; they are looked for.
#pragma once

#include <stdint.h>

struct machine;

void interrupt_init(const struct machine *machine);
// On each hart: which interrupts wake it from sleep or leave user mode.
void interrupt_enable_here(void);
// The bits of those that wait.
uint64_t interrupt_pending(void);
// Serve all that wait. => with the kernel locked
void interrupt_serve(void);
