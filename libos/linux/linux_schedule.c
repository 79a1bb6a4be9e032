// SPDX-License-Identifier: MIT
// Who runs where, and how urgent it is: what a program says is kept, and told again. The kernel's harts take what is
// ready, whoever it is, and all threads of programs are equally urgent.
#include <os/process.h>
#include <os/stubs.h>
#include <os/time.h>
#include <os/unix.h>

#include "linux_call.h"
#include "linux_credentials.h"
#include "linux_errors.h"
#include "linux_thread.h"
#include "linux_time.h"
#include "linux_user.h"

enum {
    POLICY_OTHER = 0,
    POLICY_FIFO = 1,
    POLICY_ROUND = 2,
    POLICY_BATCH = 3,
    POLICY_IDLE = 5,
    POLICY_DEADLINE = 6,
    POLICY_RESET = 0x40000000,
    PRIORITY_MOST = 99,
    NICE_MOST = 19,
    NICE_LEAST = -20,
    OF_PROCESS = 0,
    OF_GROUP = 1,
    OF_USER = 2,
    SLICE = 100000000, // nanoseconds
    ATTRIBUTES_FIRST = 48,
};

// sched_setattr's
struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
    uint32_t least, most;
};

// => NULL: there is none in this process. Others can be looked at, as if they were ordinary
static struct linux_thread *find(int number) {
    return number == 0 ? linux_self() : number > 0 ? linux_thread_find((uint64_t)number) : NULL;
}

static bool is_real_time(uint32_t policy) { return policy == POLICY_FIFO || policy == POLICY_ROUND; }

static bool is_policy(uint32_t policy) {
    return policy == POLICY_OTHER || is_real_time(policy) || policy == POLICY_BATCH || policy == POLICY_IDLE;
}

static uint64_t all_harts(void) { return os_start->harts >= 64 ? UINT64_MAX : (UINT64_C(1) << os_start->harts) - 1; }

int64_t linux_sys_sched_yield(void) {
    os_timer(linux_self()->os.port, 0, UINT64_MAX); // through the kernel, which may let another go on
    return 0;
}

// ---- where ----

// The first of all is init, which the server of processes does not have.
static bool is_process(int number) {
    struct os_unix_process seen;
    if (number <= 1) return number == 1;
    return os_unix_look((uint64_t)number, &seen) == UNIX_OK && seen.process == (uint32_t)number;
}

int64_t linux_sys_sched_getaffinity(int number, uint64_t size, uint64_t to) {
    const struct linux_thread *thread = find(number);
    if (size * 8 < os_start->harts || size % sizeof(uint64_t) != 0) return -EINVAL;
    if (thread == NULL && !is_process(number)) return -ESRCH;
    uint64_t harts = all_harts() & ~(thread != NULL ? thread->schedule.forbidden : 0);
    return user_write(to, &harts, sizeof harts) ? (int64_t)sizeof harts : -EFAULT;
}

int64_t linux_sys_sched_setaffinity(int number, uint64_t size, uint64_t from) {
    struct linux_thread *thread = find(number);
    uint64_t harts = 0;
    if (!user_read(&harts, from, size < sizeof harts ? size : sizeof harts)) return -EFAULT;
    if (thread == NULL) return -ESRCH;
    if ((harts & all_harts()) == 0) return -EINVAL;
    thread->schedule.forbidden = ~harts;
    return 0;
}

// Nobody knows which; it is one of those that the thread may use.
int64_t linux_sys_getcpu(uint64_t hart_at, uint64_t node_at) {
    static const uint32_t node;
    uint64_t harts = all_harts() & ~linux_self()->schedule.forbidden;
    uint32_t hart = 0;
    while ((harts >> hart & 1) == 0) hart++;
    bool done = hart_at == 0 || user_write(hart_at, &hart, sizeof hart);
    return done && (node_at == 0 || user_write(node_at, &node, sizeof node)) ? 0 : -EFAULT;
}

// ---- how urgent ----

static int64_t set(int number, uint32_t policy, uint32_t priority) {
    struct linux_thread *thread = find(number);
    bool resets = (policy & POLICY_RESET) != 0;
    if (thread == NULL) return -ESRCH;
    policy &= ~(uint32_t)POLICY_RESET;
    if (!is_policy(policy) || priority > PRIORITY_MOST || is_real_time(policy) != (priority != 0)) return -EINVAL;
    if (is_real_time(policy) && !credentials_has(CAPABILITY_NICE)) return -EPERM;
    thread->schedule.policy = (uint8_t)policy;
    thread->schedule.priority = (uint8_t)priority;
    thread->schedule.resets = resets;
    return 0;
}

int64_t linux_sys_sched_setscheduler(int number, uint32_t policy, uint64_t from) {
    uint32_t priority;
    if ((int32_t)policy < 0 || from == 0 || number < 0) return -EINVAL;
    return user_read(&priority, from, sizeof priority) ? set(number, policy, priority) : -EFAULT;
}

int64_t linux_sys_sched_setparam(int number, uint64_t from) {
    const struct linux_thread *thread = find(number);
    uint32_t priority;
    if (from == 0 || number < 0) return -EINVAL;
    if (!user_read(&priority, from, sizeof priority)) return -EFAULT;
    return thread == NULL ? -ESRCH : set(number, thread->schedule.policy, priority);
}

int64_t linux_sys_sched_getscheduler(int number) {
    const struct linux_thread *thread = find(number);
    if (number < 0) return -EINVAL;
    if (thread == NULL) return -ESRCH;
    return thread->schedule.policy | (thread->schedule.resets ? POLICY_RESET : 0);
}

int64_t linux_sys_sched_getparam(int number, uint64_t to) {
    const struct linux_thread *thread = find(number);
    if (to == 0 || number < 0) return -EINVAL;
    if (thread == NULL) return -ESRCH;
    uint32_t priority = thread->schedule.priority;
    return user_write(to, &priority, sizeof priority) ? 0 : -EFAULT;
}

int64_t linux_sys_sched_get_priority_max(uint32_t policy) {
    if (is_real_time(policy)) return PRIORITY_MOST;
    return is_policy(policy) || policy == POLICY_DEADLINE ? 0 : -EINVAL;
}

int64_t linux_sys_sched_get_priority_min(uint32_t policy) {
    if (is_real_time(policy)) return 1;
    return is_policy(policy) || policy == POLICY_DEADLINE ? 0 : -EINVAL;
}

int64_t linux_sys_sched_rr_get_interval(int number, uint64_t to) {
    const struct linux_thread *thread = find(number);
    if (number < 0) return -EINVAL;
    if (thread == NULL) return -ESRCH;
    struct linux_time time = {0, thread->schedule.policy == POLICY_FIFO ? 0 : SLICE};
    return user_write(to, &time, sizeof time) ? 0 : -EFAULT;
}

int64_t linux_sys_sched_setattr(int number, uint64_t from, uint32_t flags) {
    struct attributes attributes = {0};
    if (from == 0 || number < 0 || flags != 0) return -EINVAL;
    if (!user_read(&attributes, from, ATTRIBUTES_FIRST)) return -EFAULT;
    if (attributes.size != 0 && attributes.size < ATTRIBUTES_FIRST) return -E2BIG;
    if (attributes.policy == POLICY_DEADLINE) return -EINVAL;
    int64_t error =
        set(number, attributes.policy | ((attributes.flags & 1) != 0 ? POLICY_RESET : 0), attributes.priority);
    struct linux_thread *thread = find(number);
    bool is_nice = !is_real_time(attributes.policy) && attributes.nice >= NICE_LEAST && attributes.nice <= NICE_MOST;
    if (error == 0 && thread != NULL && is_nice) thread->schedule.nice = (int8_t)attributes.nice;
    return error;
}

int64_t linux_sys_sched_getattr(int number, uint64_t to, uint32_t size, uint32_t flags) {
    const struct linux_thread *thread = find(number);
    if (to == 0 || number < 0 || size < ATTRIBUTES_FIRST || size > 4096 || flags != 0) return -EINVAL;
    if (thread == NULL) return -ESRCH;
    struct attributes attributes = {.size = size < sizeof attributes ? ATTRIBUTES_FIRST : sizeof attributes,
                                    .policy = thread->schedule.policy,
                                    .flags = thread->schedule.resets,
                                    .nice = thread->schedule.nice,
                                    .priority = thread->schedule.priority};
    if (size >= sizeof attributes) attributes.most = 1024;
    return user_write(to, &attributes, attributes.size) ? 0 : -EFAULT;
}

// Of a process, a group or a user: only this process is known.
static struct linux_thread *find_who(int which, int who) {
    if (which == OF_PROCESS) return find(who);
    return which == OF_USER && who != 0 && (uint32_t)who != linux_credentials.user ? NULL : linux_self();
}

int64_t linux_sys_getpriority(int which, int who) {
    if (which < OF_PROCESS || which > OF_USER) return -EINVAL;
    const struct linux_thread *thread = find_who(which, who);
    return thread != NULL ? 20 - thread->schedule.nice : -ESRCH;
}

int64_t linux_sys_setpriority(int which, int who, int nice) {
    if (which < OF_PROCESS || which > OF_USER) return -EINVAL;
    struct linux_thread *thread = find_who(which, who);
    if (thread == NULL) return -ESRCH;
    nice = nice < NICE_LEAST ? NICE_LEAST : nice > NICE_MOST ? NICE_MOST : nice;
    if (nice < thread->schedule.nice && !credentials_has(CAPABILITY_NICE)) return -EACCES;
    thread->schedule.nice = (int8_t)nice;
    return 0;
}
