// SPDX-License-Identifier: MIT
// What a benchmark counts, and the line in which it tells one row.
#pragma once

#include <os/print.h>
#include <stdbool.h>
#include <stdint.h>

#include "count.h"

struct cost {
    uint64_t spent, switches, shootdowns, operations;
};

// instructions, time: the same row, counted by either. => false: one of them was not measured
static bool cost_tell(const char *row, const struct cost *instructions, const struct cost *time) {
    uint64_t n = instructions->operations;
    if (n != 0)
        os_print("bench %s %lu %lu %lu %lu\n", row, (instructions->spent + n / 2) / n,
                 (instructions->switches + n / 2) / n, (instructions->shootdowns + n / 2) / n, time->spent * 1000 / n);
    return n != 0 && time->operations != 0;
}
