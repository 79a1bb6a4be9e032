// SPDX-License-Identifier: MIT
// Timers of the process: setitimer and timer_create. A native thread, made when the first one is set, waits for the
// next that comes, and sends its signal. One that counts the time of processors is looked at again when it may have
// come.
#include "linux_timer.h"

#include <os/mutex.h>
#include <os/stubs.h>
#include <os/threads.h>
#include <os/time.h>

#include "linux_call.h"
#include "linux_errors.h"
#include "linux_signal.h"
#include "linux_thread.h"
#include "linux_time.h"
#include "linux_usage.h"
#include "linux_user.h"

enum { OF_INTERVALS = 3, OF_LIMIT = OF_INTERVALS, OWN, TIMERS = 128, TICK = 1 };
enum { NOTIFY_SIGNAL = 0, NOTIFY_NONE = 1, NOTIFY_THREAD = 2, NOTIFY_ONE_THREAD = 4, TIMER_ABSOLUTE = 1 };
enum { NOTIFY_FILE = 8 };   // a number of our own
enum { LOOK_EVERY = 1000 }; // microseconds, at most, for a clock of processors

// The first three are those of setitimer, then comes that of RLIMIT_CPU.
static const int own_clocks[OWN] = {CLOCK_MONOTONIC, CLOCK_PROCESS, CLOCK_PROCESS, CLOCK_PROCESS};
static const int own_signals[OWN] = {SIGNAL_ALRM, SIGNAL_VTALRM, SIGNAL_PROF, SIGNAL_XCPU};

struct timer {
    bool exists;
    uint32_t is_pending; // its signal is
    int clock, notify, signal;
    uint32_t owner; // whose time it counts, if it counts a thread's
    uint32_t thread;
    uint64_t value;
    uint64_t deadline; // in ticks of its clock; UINT64_MAX: it is not set
    uint64_t interval; // nanoseconds; 0: once
    bool is_listened_to;
    uint64_t come;               // of one of a file
    uint32_t overrun, delivered; // how often it came while its signal was pending; the same when that was taken
};

// What a program says of its timer.
struct event {
    uint64_t value;
    int32_t signal, notify, thread, unused[11];
};

_Static_assert(sizeof(struct event) == 64, "as Linux has it");

static struct os_mutex mutex;
static bool started;
static struct timer timers[TIMERS];
static struct os_thread *clock_thread;
static uint64_t last_second = UINT64_MAX; // of RLIMIT_CPU

static void lock(void) { os_mutex_lock(&mutex); }
static void unlock(void) { os_mutex_unlock(&mutex); }

uint32_t timer_taken(uint32_t number) {
    struct timer *timer = number < TIMERS ? &timers[number] : &timers[0];
    timer->delivered = __atomic_exchange_n(&timer->overrun, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&timer->is_pending, 0, __ATOMIC_RELEASE);
    return timer->delivered;
}

// ---- the thread ----

static uint64_t now_of(const struct timer *timer) {
    if (timer->clock == CLOCK_PROCESS) return usage_of_process();
    if (timer->clock == CLOCK_THREAD) return usage_of_number(timer->owner);
    return os_now();
}

// So many times more has it come until now. The lock is held.
static uint64_t forward(struct timer *timer, uint64_t now) {
    if (timer->deadline > now) return 0;
    uint64_t interval = time_ticks(timer->interval), times = 1;
    if (timer->interval == 0) {
        timer->deadline = UINT64_MAX;
    } else {
        times += (now - timer->deadline) / interval;
        timer->deadline += times * interval;
    }
    return times;
}

// The lock is not held.
static void send(unsigned number, uint64_t times) {
    struct timer *timer = &timers[number];
    struct linux_cause cause = {.code = CODE_TIMER, .timer = number, .value = timer->value};
    int signal = timer->signal;
    if (number < OWN) cause = (struct linux_cause){.code = CODE_KERNEL};
    if (number < OWN || !__atomic_exchange_n(&timer->is_pending, 1, __ATOMIC_ACQUIRE)) {
        struct linux_thread *thread = timer->notify == NOTIFY_ONE_THREAD ? linux_thread_find(timer->thread) : NULL;
        times--;
        if (number == OF_LIMIT && usage_of_process() / os_ticks_per_second >= last_second) signal = SIGNAL_KILL;
        bool is_gone = timer->notify == NOTIFY_ONE_THREAD && thread == NULL;
        if (is_gone || linux_signal_send(thread, signal, &cause) <= 0)
            __atomic_store_n(&timer->is_pending, 0, __ATOMIC_RELEASE);
    }
    __atomic_fetch_add(&timer->overrun, (uint32_t)times, __ATOMIC_RELAXED);
}

static void tell(struct timer *timer, uint64_t times) {
    lock();
    timer->come += times;
    bool is_listened_to = timer->is_listened_to;
    timer->is_listened_to = false;
    unlock();
    if (is_listened_to) linux_threads_nudge();
}

// => when to look again, in ticks of the machine's clock
static uint64_t expire(void) {
    uint64_t next = UINT64_MAX;
    for (unsigned i = 0; i < TIMERS; i++) {
        struct timer *timer = &timers[i];
        if (!timer->exists || timer->deadline == UINT64_MAX || timer->notify == NOTIFY_NONE) continue;
        lock();
        uint64_t now = now_of(timer), times = timer->exists ? forward(timer, now) : 0, deadline = timer->deadline;
        unlock();
        if (times != 0 && timer->notify == NOTIFY_FILE)
            tell(timer, times);
        else if (times != 0)
            send(i, times);
        if (deadline == UINT64_MAX) continue;
        if (timer->clock == CLOCK_PROCESS || timer->clock == CLOCK_THREAD) {
            uint64_t left = (deadline - now) / (linux_alive != 0 ? linux_alive : 1),
                     least = time_ticks(LOOK_EVERY * 1000);
            deadline = os_now() + (left > least ? left : least);
        }
        if (deadline < next) next = deadline;
    }
    return next;
}

static void run(uint64_t unused) {
    (void)unused;
    for (;;) {
        os_timer(clock_thread->port, TICK, expire());
        os_recv(clock_thread->port, 0);
    }
}

static void start(void) {
    if (started) return;
    os_mutex_start(&mutex);
    for (unsigned i = 0; i < OWN; i++)
        timers[i] =
            (struct timer){.exists = true, .clock = own_clocks[i], .signal = own_signals[i], .deadline = UINT64_MAX};
    started = true;
}

// The lock is held. => false: there is no memory
static bool look_again(void) {
    if (clock_thread != NULL) {
        os_notify(clock_thread->port, TICK);
        return true;
    }
    clock_thread = os_thread_make(run, 0, OS_PRIORITY);
    if (clock_thread == NULL) return false;
    os_thread_start(clock_thread);
    return true;
}

void timers_forked(void) {
    started = false;
    clock_thread = NULL;
    bool has_files = false;
    for (unsigned i = 0; i < TIMERS; i++) {
        bool is_file = timers[i].exists && timers[i].notify == NOTIFY_FILE;
        if (timers[i].exists && !is_file) timers[i] = (struct timer){0};
        has_files |= is_file;
    }
    if (!has_files) return;
    start();
    look_again();
}

void timers_forget(void) {
    for (unsigned i = OWN; i < TIMERS; i++)
        if (timers[i].notify != NOTIFY_FILE) timers[i].exists = false;
}

// ---- the calls ----

static bool is_time(const struct linux_time *time, int64_t most) {
    return time->seconds >= 0 && time->nanoseconds >= 0 && time->nanoseconds < most;
}

bool setting_is_valid(const struct linux_setting *setting) {
    return is_time(&setting->value, NANOSECONDS) && is_time(&setting->interval, NANOSECONDS);
}

static struct linux_setting setting_of(struct timer *timer) {
    struct linux_setting setting = {.interval = time_of_nanoseconds(timer->interval)};
    if (timer->deadline == UINT64_MAX) return setting;
    uint64_t now = now_of(timer);
    if (timer->notify == NOTIFY_NONE) forward(timer, now);
    if (timer->deadline == UINT64_MAX) return setting;
    if (timer->deadline > now) setting.value = time_of_ticks(timer->deadline - now);
    if (setting.value.seconds == 0 && setting.value.nanoseconds == 0) setting.value.nanoseconds = 1;
    return setting;
}

// The lock is held. => 0, or a negative error
static int64_t set(struct timer *timer, const struct linux_setting *setting, bool absolute) {
    uint64_t value = time_nanoseconds(&setting->value), ticks = time_ticks(value), ahead = 0;
    timer->interval = time_nanoseconds(&setting->interval);
    if (absolute) ahead = clock_ahead(timer->clock);
    timer->deadline = value == 0 ? UINT64_MAX : absolute ? (ticks > ahead ? ticks - ahead : 0) : now_of(timer) + ticks;
    __atomic_store_n(&timer->overrun, 0, __ATOMIC_RELAXED);
    timer->delivered = 0;
    return value == 0 || timer->notify == NOTIFY_NONE || look_again() ? 0 : -ENOMEM;
}

// In seconds and microseconds.
static void to_micro(struct linux_setting *setting) {
    setting->value.nanoseconds = (setting->value.nanoseconds + 999) / 1000;
    if (setting->value.nanoseconds == 1000000) {
        setting->value.nanoseconds = 0;
        setting->value.seconds++;
    }
    setting->interval.nanoseconds /= 1000;
}

int64_t linux_sys_getitimer(int which, uint64_t to) {
    if (which < 0 || which >= OF_INTERVALS) return -EINVAL;
    start();
    lock();
    struct linux_setting setting = setting_of(&timers[which]);
    unlock();
    to_micro(&setting);
    return user_write(to, &setting, sizeof setting) ? 0 : -EFAULT;
}

int64_t linux_sys_setitimer(int which, uint64_t new, uint64_t old) {
    struct linux_setting setting = {0};
    if (new != 0 && !user_read(&setting, new, sizeof setting)) return -EFAULT;
    if (!is_time(&setting.value, 1000000) || !is_time(&setting.interval, 1000000)) return -EINVAL;
    if (which < 0 || which >= OF_INTERVALS) return -EINVAL;
    setting.value.nanoseconds *= 1000;
    setting.interval.nanoseconds *= 1000;
    start();
    lock();
    struct linux_setting before = setting_of(&timers[which]);
    int64_t error = set(&timers[which], &setting, false);
    unlock();
    to_micro(&before);
    if (error != 0) return error;
    return old == 0 || user_write(old, &before, sizeof before) ? 0 : -EFAULT;
}

int64_t timers_limit(uint64_t first, uint64_t last) {
    struct timer *timer = &timers[OF_LIMIT];
    uint64_t most = UINT64_MAX / os_ticks_per_second / 4, from = first < last ? first : last;
    start();
    lock();
    last_second = last;
    timer->interval = (uint64_t)NANOSECONDS;
    timer->deadline = from < most ? from * os_ticks_per_second : UINT64_MAX;
    bool done = timer->deadline == UINT64_MAX || look_again();
    unlock();
    return done ? 0 : -ENOMEM;
}

// => NULL: there is none of this number; else the lock is held
static struct timer *find(int number) {
    start();
    if (number < 0 || number >= TIMERS - OWN) return NULL;
    lock();
    struct timer *timer = &timers[number + OWN];
    if (timer->exists && timer->notify != NOTIFY_FILE) return timer;
    unlock();
    return NULL;
}

static int64_t check_event(const struct event *event) {
    int notify = event->notify & ~NOTIFY_ONE_THREAD;
    if ((event->notify & NOTIFY_ONE_THREAD) != 0 &&
        (notify != NOTIFY_SIGNAL || event->thread <= 0 || linux_thread_find((uint64_t)event->thread) == NULL))
        return -EINVAL;
    if (notify != NOTIFY_SIGNAL && notify != NOTIFY_NONE && notify != NOTIFY_THREAD) return -EINVAL;
    return notify != NOTIFY_NONE && (event->signal <= 0 || event->signal > SIGNALS) ? -EINVAL : 0;
}

// Takes a place for it. => its number, or a negative error
static int64_t make(const struct timer *timer, bool is_its_number) {
    static unsigned last;
    start();
    lock();
    unsigned number = last;
    for (unsigned i = 0; i < TIMERS - OWN && timers[number + OWN].exists; i++) number = (number + 1) % (TIMERS - OWN);
    bool is_free = !timers[number + OWN].exists;
    if (is_free) {
        last = (number + 1) % (TIMERS - OWN);
        timers[number + OWN] = *timer;
        if (is_its_number) timers[number + OWN].value = number;
    }
    unlock();
    return is_free ? (int64_t)number : -EAGAIN;
}

int64_t timer_make(int clock) {
    const struct timer timer = {.exists = true, .clock = clock, .notify = NOTIFY_FILE, .deadline = UINT64_MAX};
    int64_t number = make(&timer, false);
    return number == -EAGAIN ? -ENFILE : number;
}

void timer_drop(uint32_t number) { timers[number + OWN].exists = false; }

int64_t timer_set(uint32_t number, const struct linux_setting *setting, bool absolute, struct linux_setting *before) {
    struct timer *timer = &timers[number + OWN];
    lock();
    *before = setting_of(timer);
    timer->come = 0;
    int64_t error = set(timer, setting, absolute);
    unlock();
    return error;
}

struct linux_setting timer_setting(uint32_t number) {
    lock();
    struct linux_setting setting = setting_of(&timers[number + OWN]);
    unlock();
    return setting;
}

uint64_t timer_come(uint32_t number, bool take, bool listen) {
    struct timer *timer = &timers[number + OWN];
    lock();
    timer->come += forward(timer, now_of(timer));
    uint64_t come = timer->come;
    if (take) timer->come = 0;
    if (listen) timer->is_listened_to = true;
    unlock();
    return come;
}

int64_t linux_sys_timer_create(int clock, uint64_t event_at, uint64_t number_at) {
    struct event event = {.signal = SIGNAL_ALRM};
    uint32_t owner;
    clock = clock_resolve(clock, &owner);
    if (clock == CLOCK_NONE) return -EINVAL;
    if (!clock_is_waited_for(clock)) return -EOPNOTSUPP;
    if (event_at != 0 && !user_read(&event, event_at, sizeof event)) return -EFAULT;
    int64_t error = event_at != 0 ? check_event(&event) : 0;
    if (error != 0) return error;
    const struct timer timer = {.exists = true,
                                .clock = clock,
                                .notify = event.notify,
                                .signal = event.signal,
                                .owner = owner,
                                .thread = (uint32_t)event.thread,
                                .value = event.value,
                                .deadline = UINT64_MAX};
    int64_t number = make(&timer, event_at == 0);
    if (number < 0) return number;
    if (user_write(number_at, &number, sizeof(int32_t))) return 0;
    timers[number + OWN].exists = false;
    return -EFAULT;
}

int64_t linux_sys_timer_settime(int number, uint64_t flags, uint64_t new, uint64_t old) {
    struct linux_setting setting;
    if (new == 0) return -EINVAL;
    if (!user_read(&setting, new, sizeof setting)) return -EFAULT;
    if (!setting_is_valid(&setting)) return -EINVAL;
    struct timer *timer = find(number);
    if (timer == NULL) return -EINVAL;
    struct linux_setting before = setting_of(timer);
    int64_t error = set(timer, &setting, (flags & TIMER_ABSOLUTE) != 0);
    unlock();
    if (error != 0) return error;
    return old == 0 || user_write(old, &before, sizeof before) ? 0 : -EFAULT;
}

int64_t linux_sys_timer_gettime(int number, uint64_t to) {
    struct timer *timer = find(number);
    if (timer == NULL) return -EINVAL;
    struct linux_setting setting = setting_of(timer);
    unlock();
    return user_write(to, &setting, sizeof setting) ? 0 : -EFAULT;
}

int64_t linux_sys_timer_getoverrun(int number) {
    const struct timer *timer = find(number);
    if (timer == NULL) return -EINVAL;
    int64_t overrun = timer->delivered;
    unlock();
    return overrun;
}

int64_t linux_sys_timer_delete(int number) {
    struct timer *timer = find(number);
    if (timer == NULL) return -EINVAL;
    timer->exists = false;
    unlock();
    return 0;
}
