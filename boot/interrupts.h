// SPDX-License-Identifier: MIT
// Interrupts, made ready.
#pragma once

struct machine;

// Once: every source is silent.
void interrupts_init(const struct machine *machine);
// On each hart: which interrupts wake it from sleep or leave user mode.
void interrupts_enable_here(void);
