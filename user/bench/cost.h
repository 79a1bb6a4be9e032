// SPDX-License-Identifier: MIT
// What a benchmark counts, and the line in which it tells one row.
#pragma once

#include <os/print.h>
#include <stdbool.h>
#include <stdint.h>

struct cost {
    uint64_t spent, switches, shootdowns, operations;
};

static uint64_t by_clock; // what is counted: 0 instructions, 1 ticks

static uint64_t now(void) {
    uint64_t count;
    if (by_clock != 0)
        __asm__ volatile("rdtime %0" : "=r"(count) : : "memory");
    else
        __asm__ volatile("rdinstret %0" : "=r"(count) : : "memory");
    return count;
}

// instructions, time: the same row, counted by either. => false: one of them was not measured
static bool cost_tell(const char *row, const struct cost *instructions, const struct cost *time) {
    uint64_t n = instructions->operations;
    if (n != 0)
        os_print("bench %s %lu %lu %lu %lu\n", row, (instructions->spent + n / 2) / n,
                 (instructions->switches + n / 2) / n, (instructions->shootdowns + n / 2) / n, time->spent * 1000 / n);
    return n != 0 && time->operations != 0;
}
