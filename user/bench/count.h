// SPDX-License-Identifier: MIT
// What is counted: instructions, or time.
#pragma once

#include <stdint.h>

static uint64_t by_clock; // what is counted: 0 instructions, 1 ticks

static uint64_t now(void) {
    uint64_t count;
    if (by_clock != 0)
        __asm__ volatile("rdtime %0" : "=r"(count) : : "memory");
    else
        __asm__ volatile("rdinstret %0" : "=r"(count) : : "memory");
    return count;
}
