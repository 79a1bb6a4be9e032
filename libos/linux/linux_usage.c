// SPDX-License-Identifier: MIT
// What the process has used. The kernel does not count the time of threads: a thread's is what has passed since it
// began, without what it waited in the personality. Who shares his hart with others is told too much.
#include "linux_usage.h"

#include <abi/call.h>
#include <os/stubs.h>
#include <os/threads.h>
#include <os/time.h>

#include "linux_call.h"
#include "linux_errors.h"
#include "linux_memory.h"
#include "linux_thread.h"
#include "linux_time.h"
#include "linux_user.h"
#include "string.h"

enum { TICKS_PER_SECOND = 100, OF_SELF = 0, OF_CHILDREN = -1, OF_THREAD = 1 };

static uint64_t ended; // by threads that are no more
static uint64_t most;  // that was told: it does not go back

uint64_t usage_of_thread(const struct linux_thread *thread) {
    uint64_t idle = __atomic_load_n(&thread->idle, __ATOMIC_ACQUIRE), now = os_now();
    uint64_t since = __atomic_load_n(&thread->idle_since, __ATOMIC_ACQUIRE),
             end = since != 0 && since < now ? since : now;
    return end > thread->began + idle ? end - thread->began - idle : 0;
}

uint64_t usage_of_process(void) {
    linux_threads_lock();
    uint64_t sum = ended;
    for (struct link *link = linux_threads.next; link != &linux_threads; link = link->next) {
        const struct linux_thread *thread = container_of(link, struct linux_thread, all);
        if (!thread->ended) sum += usage_of_thread(thread);
    }
    if (sum > most) most = sum;
    sum = most;
    linux_threads_unlock();
    return sum;
}

uint64_t usage_of_number(uint32_t number) {
    const struct linux_thread *thread = linux_thread_find(number);
    return thread != NULL ? usage_of_thread(thread) : 0;
}

void usage_end(const struct linux_thread *thread) { ended += usage_of_thread(thread); }

void usage_forked(void) { ended = most = 0; }

// ---- the calls ----

int64_t linux_sys_times(uint64_t to) {
    int64_t times[4] = {(int64_t)(usage_of_process() * TICKS_PER_SECOND / os_ticks_per_second)};
    if (to != 0 && !user_write(to, times, sizeof times)) return -EFAULT;
    return (int64_t)(os_now() * TICKS_PER_SECOND / os_ticks_per_second);
}

int64_t linux_sys_getrusage(int who, uint64_t to) {
    struct {
        struct linux_time user, system;
        uint64_t most_resident, shared, data, stack, small_faults, large_faults, other[8];
    } usage;
    struct space_counters counters;
    if (who != OF_SELF && who != OF_CHILDREN && who != OF_THREAD) return -EINVAL;
    memset(&usage, 0, sizeof usage);
    if (who != OF_CHILDREN) {
        usage.user = time_of_ticks(who == OF_SELF ? usage_of_process() : usage_of_thread(linux_self()));
        usage.user.nanoseconds /= 1000;
        os_space_control(HANDLE_SELF, SPACE_COUNTERS, 0, 0);
        memcpy(&counters, os_self()->message, sizeof counters);
        usage.most_resident = counters.used * (PAGE / 1024);
        usage.small_faults = counters.faults[0] + counters.faults[1] + counters.faults[2];
    }
    return user_write(to, &usage, sizeof usage) ? 0 : -EFAULT;
}
