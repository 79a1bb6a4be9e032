// SPDX-License-Identifier: MIT
// Time, in ticks of the machine's clock, as the call `timer` counts it.
#pragma once

#include <stdint.h>

extern uint64_t os_ticks_per_second;
extern uint64_t os_seconds_first; // since 1970, when the clock was at 0; 0: nobody knows

static inline uint64_t os_now(void) {
    uint64_t now;
    __asm__ volatile("rdtime %0" : "=r"(now));
    return now;
}

// Seconds since 1970; since the machine began, if it has no device that knows more.
static inline uint64_t os_seconds(void) { return os_seconds_first + os_now() / os_ticks_per_second; }

// When so many microseconds have passed from now on.
static inline uint64_t os_after(uint64_t microseconds) {
    return os_now() + microseconds * os_ticks_per_second / 1000000;
}
