// SPDX-License-Identifier: MIT
// Clocks, and sleeping.
#include "linux_time.h"

#include <os/time.h>

#include "linux_call.h"
#include "linux_errors.h"
#include "linux_thread.h"
#include "linux_user.h"

enum { CLOCKS = 12, CLOCK_REAL = 0, CLOCK_THREAD = 3, CLOCK_REAL_COARSE = 5, CLOCK_REAL_ALARM = 8, CLOCK_ATOMIC = 11 };
enum { TIMER_ABSOLUTE = 1 };

#define NANOSECONDS INT64_C(1000000000)

static struct linux_time of_ticks(uint64_t ticks) {
    uint64_t rest = ticks % os_ticks_per_second;
    return (struct linux_time){(int64_t)(ticks / os_ticks_per_second),
                               (int64_t)(rest * (uint64_t)NANOSECONDS / os_ticks_per_second)};
}

struct linux_time time_now(void) {
    return of_ticks(os_now());
}

// What a clock is ahead of the machine's.
static uint64_t seconds_ahead(int clock) {
    bool is_real =
        clock == CLOCK_REAL || clock == CLOCK_REAL_COARSE || clock == CLOCK_REAL_ALARM || clock == CLOCK_ATOMIC;
    return is_real ? os_seconds_first : 0;
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
        struct linux_time rest = of_ticks(now < deadline ? deadline - now : 0);
        if (!user_write(left, &rest, sizeof rest)) return -EFAULT;
    }
    return error;
}

int64_t linux_sys_nanosleep(uint64_t time, uint64_t left) { return sleep_for(time, left); }

int64_t linux_sys_clock_nanosleep(int clock, uint64_t flags, uint64_t time, uint64_t left) {
    if (clock < 0 || clock >= CLOCKS || clock == CLOCK_THREAD) return -EINVAL;
    if ((flags & TIMER_ABSOLUTE) == 0) return sleep_for(time, left);
    uint64_t deadline;
    int64_t error = time_deadline(time, true, &deadline);
    return error != 0 ? error : sleep(seconds_ahead(clock) != 0 ? time_of_date(deadline) : deadline);
}

int64_t linux_sys_clock_gettime(int clock, uint64_t to) {
    struct linux_time now = time_now();
    if (clock < 0 || clock >= CLOCKS) return -EINVAL;
    now.seconds += (int64_t)seconds_ahead(clock);
    return user_write(to, &now, sizeof now) ? 0 : -EFAULT;
}

int64_t linux_sys_clock_getres(int clock, uint64_t to) {
    struct linux_time step = of_ticks(1);
    if (clock < 0 || clock >= CLOCKS) return -EINVAL;
    return to == 0 || user_write(to, &step, sizeof step) ? 0 : -EFAULT;
}

int64_t linux_sys_gettimeofday(uint64_t to, uint64_t zone) {
    struct linux_time now = time_now();
    static const uint64_t none;
    now.seconds += (int64_t)seconds_ahead(CLOCK_REAL);
    now.nanoseconds /= 1000;
    if (to != 0 && !user_write(to, &now, sizeof now)) return -EFAULT;
    return zone == 0 || user_write(zone, &none, sizeof none) ? 0 : -EFAULT;
}
