// SPDX-License-Identifier: MIT
// Time, in ticks of the machine's clock, as the call `timer` counts it.
#pragma once

#include <stdint.h>

extern uint64_t os_ticks_per_second;

static inline uint64_t os_now(void) {
    uint64_t now;
    __asm__ volatile("rdtime %0" : "=r"(now));
    return now;
}

// When so many microseconds have passed from now on.
static inline uint64_t os_after(uint64_t microseconds) {
    return os_now() + microseconds * os_ticks_per_second / 1000000;
}
