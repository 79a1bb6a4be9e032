// SPDX-License-Identifier: MIT
// Linux's time: seconds and nanoseconds since the machine began.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct linux_time {
    int64_t seconds, nanoseconds;
};

struct linux_time time_now(void);
// When that is, in ticks of the clock. `at` is the program's. => 0, or a negative error
int64_t time_deadline(uint64_t at, bool absolute, uint64_t *deadline);
// The same for an absolute time of the clock that tells the date.
uint64_t time_of_date(uint64_t deadline);
