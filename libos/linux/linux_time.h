// SPDX-License-Identifier: MIT
// Linux's time: seconds and nanoseconds since the machine began.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct linux_time {
    int64_t seconds, nanoseconds;
};

#define NANOSECONDS INT64_C(1000000000)

enum {
    CLOCK_NONE = -1,
    CLOCK_REAL = 0,
    CLOCK_MONOTONIC = 1,
    CLOCK_PROCESS = 2,
    CLOCK_THREAD = 3,
    CLOCK_MONOTONIC_RAW = 4,
    CLOCK_REAL_COARSE = 5,
    CLOCK_MONOTONIC_COARSE = 6,
    CLOCK_BOOT = 7,
    CLOCK_REAL_ALARM = 8,
    CLOCK_BOOT_ALARM = 9,
    CLOCK_ATOMIC = 11,
};

struct linux_time time_now(void);
struct linux_time time_of_ticks(uint64_t ticks);
struct linux_time time_of_nanoseconds(uint64_t nanoseconds);
// Too long is as long as can be.
uint64_t time_nanoseconds(const struct linux_time *time);
uint64_t time_ticks(uint64_t nanoseconds); // rounded up

// => which of those above; CLOCK_NONE: it is none. `thread`: whose time it is, if it is a thread's
int clock_resolve(int clock, uint32_t *thread);
bool clock_is_waited_for(int clock); // timers and sleepers may name it
uint64_t clock_ahead(int clock);     // of the machine's, in ticks
// When that is, in ticks of the clock. `at` is the program's. => 0, or a negative error
int64_t time_deadline(uint64_t at, bool absolute, uint64_t *deadline);
// The same for an absolute time of the clock that tells the date.
uint64_t time_of_date(uint64_t deadline);
