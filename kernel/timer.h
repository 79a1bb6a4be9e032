// SPDX-License-Identifier: MIT
// Time, and the alarm of each hart.
#pragma once

#include <stdbool.h>
#include <stdint.h>

extern uint64_t timer_frequency; // ticks a second
extern bool timer_is_own;        // the harts have an alarm of their own (Sstc); otherwise the firmware's is used

static inline uint64_t timer_now(void) {
    uint64_t now;
    __asm__ volatile("rdtime %0" : "=r"(now));
    return now;
}

// Ask for a timer interrupt on this hart at `deadline`, instead of the one asked for before.
void timer_set(uint64_t deadline);
#define TIMER_NEVER UINT64_MAX
