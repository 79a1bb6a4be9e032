// SPDX-License-Identifier: MIT
// Time, and the alarm of each hart.
#pragma once

#include <stdbool.h>
#include <stdint.h>

extern uint64_t timer_frequency; // ticks a second

// has_alarm: the harts have an alarm of their own (Sstc); otherwise the firmware's is used
void timer_init(uint64_t frequency, bool has_alarm);

static inline uint64_t timer_now(void) {
    uint64_t now;
    __asm__ volatile("rdtime %0" : "=r"(now));
    return now;
}

// Ask for a timer interrupt on this hart at `deadline`, instead of the one asked for before.
void timer_set(uint64_t deadline);
#define TIMER_NEVER UINT64_MAX
