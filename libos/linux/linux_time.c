// SPDX-License-Identifier: MIT
// Clocks, and sleeping.
#include "linux_time.h"

#include <os/process.h>
#include <os/time.h>

#include "linux_call.h"
#include "linux_errors.h"
#include "linux_thread.h"
#include "linux_usage.h"
#include "linux_user.h"

enum { CLOCKS = 12, CLOCK_MISSING = 10, TIMER_ABSOLUTE = 1, COARSE = 4000000 };
enum { OF_SOMEBODY_SHIFT = 3, OF_SOMEBODY_KIND = 3, OF_A_THREAD = 4 };

struct linux_time time_of_ticks(uint64_t ticks) {
    uint64_t rest = ticks % os_ticks_per_second;
    return (struct linux_time){(int64_t)(ticks / os_ticks_per_second),
                               (int64_t)(rest * (uint64_t)NANOSECONDS / os_ticks_per_second)};
}

struct linux_time time_of_nanoseconds(uint64_t nanoseconds) {
    return (struct linux_time){(int64_t)(nanoseconds / (uint64_t)NANOSECONDS),
                               (int64_t)(nanoseconds % (uint64_t)NANOSECONDS)};
}

uint64_t time_nanoseconds(const struct linux_time *time) {
    return time->seconds >= INT64_MAX / NANOSECONDS ? INT64_MAX
                                                    : (uint64_t)(time->seconds * NANOSECONDS + time->nanoseconds);
}

uint64_t time_ticks(uint64_t nanoseconds) {
    uint64_t seconds = nanoseconds / (uint64_t)NANOSECONDS, rest = nanoseconds % (uint64_t)NANOSECONDS;
    return seconds * os_ticks_per_second +
           (rest * os_ticks_per_second + (uint64_t)NANOSECONDS - 1) / (uint64_t)NANOSECONDS;
}

struct linux_time time_now(void) {
    return time_of_ticks(os_now());
}

// A negative number names the time of a process or a thread (0: one's own); only those of this process are known.
int clock_resolve(int clock, uint32_t *thread) {
    uint32_t number = ~(uint32_t)clock >> OF_SOMEBODY_SHIFT;
    *thread = linux_self()->number;
    if (clock >= 0) return clock < CLOCKS && clock != CLOCK_MISSING ? clock : CLOCK_NONE;
    if ((clock & OF_SOMEBODY_KIND) == OF_SOMEBODY_KIND) return CLOCK_NONE;
    if ((clock & OF_A_THREAD) == 0) return number == 0 || number == os_start->process ? CLOCK_PROCESS : CLOCK_NONE;
    if (number == 0) return CLOCK_THREAD;
    *thread = number;
    return linux_thread_find(number) != NULL ? CLOCK_THREAD : CLOCK_NONE;
}

// No device wakes a machine that sleeps.
bool clock_is_waited_for(int clock) {
    return clock != CLOCK_MONOTONIC_RAW && clock != CLOCK_REAL_COARSE && clock != CLOCK_MONOTONIC_COARSE &&
           clock != CLOCK_REAL_ALARM && clock != CLOCK_BOOT_ALARM;
}

// What a clock is ahead of the machine's.
static uint64_t seconds_ahead(int clock) {
    bool is_real =
        clock == CLOCK_REAL || clock == CLOCK_REAL_COARSE || clock == CLOCK_REAL_ALARM || clock == CLOCK_ATOMIC;
    return is_real ? os_seconds_first : 0;
}

uint64_t clock_ahead(int clock) { return seconds_ahead(clock) * os_ticks_per_second; }

static uint64_t now_of(int clock, uint32_t thread) {
    return clock == CLOCK_PROCESS ? usage_of_process() : clock == CLOCK_THREAD ? usage_of_number(thread) : os_now();
}

int64_t time_deadline(uint64_t at, bool absolute, uint64_t *deadline) {
    struct linux_time time;
    if (!user_read(&time, at, sizeof time)) return -EFAULT;
    if (time.seconds < 0 || time.nanoseconds < 0 || time.nanoseconds >= NANOSECONDS) return -EINVAL;
    uint64_t most = UINT64_MAX / os_ticks_per_second / 4, seconds = (uint64_t)time.seconds;
    uint64_t part =
        ((uint64_t)time.nanoseconds * os_ticks_per_second + (uint64_t)NANOSECONDS - 1) / (uint64_t)NANOSECONDS;
    uint64_t ticks = (seconds < most ? seconds : most) * os_ticks_per_second + part;
    *deadline = absolute ? ticks : os_now() + ticks;
    return 0;
}

uint64_t time_of_date(uint64_t deadline) {
    uint64_t ahead = os_seconds_first * os_ticks_per_second;
    return deadline > ahead ? deadline - ahead : 0;
}

// Until then. => 0, or -EINTR
static int64_t sleep(uint64_t deadline) {
    struct linux_thread *self = linux_self();
    self->again = linux_registers()->x[9];
    self->interrupted = AGAIN_NEVER;
    while (os_now() < deadline) {
        if (linux_wait(deadline) == LINUX_SIGNAL) return -EINTR;
    }
    self->interrupted = AGAIN_NOT;
    return 0;
}

static int64_t sleep_for(uint64_t time, uint64_t left) {
    uint64_t deadline;
    int64_t error = time_deadline(time, false, &deadline);
    if (error == 0) error = sleep(deadline);
    if (error == -EINTR && left != 0) {
        uint64_t now = os_now();
        struct linux_time rest = time_of_ticks(now < deadline ? deadline - now : 0);
        if (!user_write(left, &rest, sizeof rest)) return -EFAULT;
    }
    return error;
}

int64_t linux_sys_nanosleep(uint64_t time, uint64_t left) { return sleep_for(time, left); }

// Until the process has used so much.
static int64_t sleep_used(uint64_t used) {
    for (uint64_t now; (now = usage_of_process()) < used;) {
        int64_t error = sleep(os_now() + used - now);
        if (error != 0) return error;
    }
    return 0;
}

int64_t linux_sys_clock_nanosleep(int clock, uint64_t flags, uint64_t time, uint64_t left) {
    uint32_t thread;
    clock = clock_resolve(clock, &thread);
    if (clock == CLOCK_NONE || clock == CLOCK_THREAD) return -EINVAL;
    if (!clock_is_waited_for(clock)) return -EOPNOTSUPP;
    bool absolute = (flags & TIMER_ABSOLUTE) != 0;
    if (!absolute && clock != CLOCK_PROCESS) return sleep_for(time, left);
    uint64_t deadline;
    int64_t error = time_deadline(time, true, &deadline);
    if (error != 0) return error;
    if (clock == CLOCK_PROCESS) return sleep_used(absolute ? deadline : usage_of_process() + deadline);
    return sleep(seconds_ahead(clock) != 0 ? time_of_date(deadline) : deadline);
}

int64_t linux_sys_clock_gettime(int clock, uint64_t to) {
    uint32_t thread;
    clock = clock_resolve(clock, &thread);
    if (clock == CLOCK_NONE) return -EINVAL;
    struct linux_time now = time_of_ticks(now_of(clock, thread));
    now.seconds += (int64_t)seconds_ahead(clock);
    return user_write(to, &now, sizeof now) ? 0 : -EFAULT;
}

int64_t linux_sys_clock_settime(int clock, uint64_t from) {
    struct linux_time time;
    if (clock != CLOCK_REAL) return -EINVAL;
    if (!user_read(&time, from, sizeof time)) return -EFAULT;
    return time.seconds < 0 || time.nanoseconds < 0 || time.nanoseconds >= NANOSECONDS ? -EINVAL : -EPERM;
}

int64_t linux_sys_clock_getres(int clock, uint64_t to) {
    bool is_coarse = clock == CLOCK_REAL_COARSE || clock == CLOCK_MONOTONIC_COARSE;
    struct linux_time step = {0, is_coarse ? COARSE : 1};
    uint32_t thread;
    if (clock_resolve(clock, &thread) == CLOCK_NONE) return -EINVAL;
    return to == 0 || user_write(to, &step, sizeof step) ? 0 : -EFAULT;
}

int64_t linux_sys_settimeofday(uint64_t from, uint64_t zone) {
    struct linux_time time;
    if (from != 0 && !user_read(&time, from, sizeof time)) return -EFAULT;
    if (from != 0 && (time.seconds < 0 || time.nanoseconds < 0 || time.nanoseconds > 1000000)) return -EINVAL;
    return from == 0 && zone == 0 ? 0 : -EPERM;
}

int64_t linux_sys_gettimeofday(uint64_t to, uint64_t zone) {
    struct linux_time now = time_now();
    static const uint64_t none;
    now.seconds += (int64_t)seconds_ahead(CLOCK_REAL);
    now.nanoseconds /= 1000;
    if (to != 0 && !user_write(to, &now, sizeof now)) return -EFAULT;
    return zone == 0 || user_write(zone, &none, sizeof none) ? 0 : -EFAULT;
}
