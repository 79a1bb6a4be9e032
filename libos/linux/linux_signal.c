// SPDX-License-Identifier: MIT
// Signals: actions, masks, what is pending; the calls that ask for them.
#include "linux_signal.h"

#include <os/mutex.h>
#include <os/print.h>
#include <os/process.h>
#include <os/stubs.h>

#include "linux_call.h"
#include "linux_errors.h"
#include "linux_frame.h"
#include "linux_futex.h"
#include "linux_layout.h"
#include "linux_process.h"
#include "linux_start.h"
#include "linux_thread.h"
#include "linux_time.h"
#include "linux_timer.h"
#include "linux_user.h"
#include "linux_vfork.h"
#include "string.h"

enum fate { FATE_END, FATE_NONE, FATE_STOP };

enum {
    SET_SIZE = 8,
    STATUS_OF_A_SIGNAL = 128,
    STACK_LEAST = 2048,
    QUEUED = LINUX_SIGNALS_QUEUED,
    SIGNAL_REAL_TIME = 32
};

enum { HOW_BLOCK, HOW_UNBLOCK, HOW_SET };

#define UNBLOCKABLE (signal_bit(SIGNAL_KILL) | signal_bit(SIGNAL_STOP))
#define STOPPING    (signal_bit(SIGNAL_STOP) | signal_bit(SIGNAL_TSTP) | signal_bit(SIGNAL_TTIN) | signal_bit(SIGNAL_TTOU))
// What a thread does itself goes first, and what nothing helps against.
#define FIRST_OF_ALL                                                                                       \
    (signal_bit(SIGNAL_SEGV) | signal_bit(SIGNAL_BUS) | signal_bit(SIGNAL_ILL) | signal_bit(SIGNAL_TRAP) | \
     signal_bit(SIGNAL_FPE) | signal_bit(SIGNAL_SYS) | signal_bit(SIGNAL_KILL))

static const uint8_t fates[SIGNALS + 1] = {
#define LINUX_SIGNAL_ROW(name, number, fate) [number] = (fate),
#include "linux_signals.def"
#undef LINUX_SIGNAL_ROW
};

struct queued {
    struct link link; // in the queue of whom it is for, or unused
    int signal;
    struct linux_cause cause;
};

static struct linux_action actions[SIGNALS + 1];
static struct linux_signals of_process;
static bool stopped;    // the process is
static int untold;      // by which signal, until all threads have seen it
static uint32_t halted; // threads that have
static struct queued entries[QUEUED];
static unsigned used; // of them: those behind were never
static struct link unused;

static int lowest(uint64_t set) {
    int signal = 1;
    for (int half = SIGNALS / 2; half != 0; half /= 2) {
        if ((set & ((UINT64_C(1) << half) - 1)) != 0) continue;
        set >>= half;
        signal += half;
    }
    return signal;
}

static bool is_signal(int signal) { return signal > 0 && signal <= SIGNALS; }

static bool stops(int signal) { return actions[signal].handler == HANDLER_DEFAULT && fates[signal] == FATE_STOP; }

static bool is_ignored(int signal) {
    return actions[signal].handler == HANDLER_IGNORE ||
           (actions[signal].handler == HANDLER_DEFAULT && fates[signal] == FATE_NONE);
}

static uint64_t blocked_by(const struct linux_thread *thread) {
    return __atomic_load_n(&thread->signals.blocked, __ATOMIC_RELAXED);
}

static uint64_t pending_for(const struct linux_thread *thread) {
    return __atomic_load_n(&thread->signals.pending, __ATOMIC_RELAXED) |
           __atomic_load_n(&of_process.pending, __ATOMIC_RELAXED);
}

static bool waits_for(const struct linux_thread *thread) { return (pending_for(thread) & ~blocked_by(thread)) != 0; }

bool linux_signal_is_stopped(void) { return __atomic_load_n(&stopped, __ATOMIC_RELAXED); }

bool linux_signal_is_wanted(int signal) {
    return (blocked_by(linux_self()) & signal_bit(signal)) == 0 && !is_ignored(signal);
}

bool linux_signal_waits(void) {
    return waits_for(linux_self()) || linux_signal_is_stopped() || linux_thread_has_to_end();
}

void linux_signal_tell(uint64_t *pending, uint64_t *ignored, uint64_t *caught) {
    *pending = of_process.pending;
    *ignored = *caught = 0;
    for (int signal = 1; signal <= SIGNALS; signal++) {
        if (actions[signal].handler == HANDLER_IGNORE) *ignored |= signal_bit(signal);
        if (actions[signal].handler > HANDLER_IGNORE) *caught |= signal_bit(signal);
    }
}

// ---- what is pending; the lock of threads is held ----

void linux_signal_start(void) {
    link_init(&of_process.queue);
    link_init(&unused);
}

// => false: too many wait
static bool put(struct linux_signals *signals, int signal, const struct linux_cause *cause) {
    struct queued *entry = NULL;
    if (!list_empty(&unused)) {
        entry = container_of(unused.next, struct queued, link);
        list_remove(&entry->link);
    } else if (used < QUEUED) {
        entry = &entries[used++];
    } else if (signal >= SIGNAL_REAL_TIME && cause->code != CODE_USER) {
        return false;
    }
    if (entry != NULL) { // else it is known that it came, and no more
        entry->signal = signal;
        entry->cause = *cause;
        list_add_last(&signals->queue, &entry->link);
    }
    __atomic_fetch_or(&signals->pending, signal_bit(signal), __ATOMIC_SEQ_CST);
    return true;
}

// The first of this number; `others` (NULL: it is not asked) tells whether there are more. => NULL: only the bit is
// there
static struct queued *first_of(const struct linux_signals *signals, int signal, bool *others) {
    struct queued *found = NULL;
    if (others != NULL) *others = false;
    for (struct link *link = signals->queue.next; link != &signals->queue; link = link->next) {
        struct queued *entry = container_of(link, struct queued, link);
        if (entry->signal != signal) continue;
        if (found != NULL && others != NULL) *others = true;
        if (found != NULL) break;
        found = entry;
        if (others == NULL) break;
    }
    return found;
}

// Takes the first of this number away.
static void take(struct linux_signals *signals, int signal, struct linux_cause *cause) {
    bool others;
    struct queued *entry = first_of(signals, signal, &others);
    if (!others) __atomic_fetch_and(&signals->pending, ~signal_bit(signal), __ATOMIC_SEQ_CST);
    *cause = (struct linux_cause){.code = CODE_USER};
    if (entry == NULL) return;
    *cause = entry->cause;
    list_remove(&entry->link);
    list_add_last(&unused, &entry->link);
    if (cause->code == CODE_TIMER) cause->overrun = timer_taken(cause->timer);
}

static void drop(struct linux_signals *signals, uint64_t set) {
    struct linux_cause cause;
    for (uint64_t some; (some = signals->pending & set) != 0;) take(signals, lowest(some), &cause);
}

static void drop_all(uint64_t set) {
    drop(&of_process, set);
    for (struct link *link = linux_threads.next; link != &linux_threads; link = link->next)
        drop(&container_of(link, struct linux_thread, all)->signals, set);
}

void linux_signal_forget(struct linux_thread *thread) {
    drop(thread != NULL ? &thread->signals : &of_process, UINT64_MAX);
    if (thread == NULL) {
        stopped = false;
        untold = 0;
        halted = 0;
    }
}

// ---- sending ----

// Somebody who takes it: the first thread that does not block it. => NULL: all do
static struct linux_thread *taker(int signal) {
    for (struct link *link = linux_threads.next; link != &linux_threads; link = link->next) {
        struct linux_thread *thread = container_of(link, struct linux_thread, all);
        if (!thread->ended && (blocked_by(thread) & signal_bit(signal)) == 0) return thread;
    }
    return NULL;
}

// Whoever waits for one that he blocks.
static void tell_waiting(struct linux_thread *thread, int signal) {
    for (struct link *link = linux_threads.next; link != &linux_threads; link = link->next) {
        struct linux_thread *other = container_of(link, struct linux_thread, all);
        bool is_meant = (thread == NULL || thread == other) && !other->ended;
        if (is_meant && (__atomic_load_n(&other->signals.waited, __ATOMIC_RELAXED) & signal_bit(signal)) != 0)
            linux_wake(other);
    }
}

// The lock is held.
static void let_go_on(void) {
    stopped = false;
    untold = 0;
    for (struct link *link = linux_threads.next; link != &linux_threads; link = link->next)
        linux_wake(container_of(link, struct linux_thread, all));
}

int64_t linux_signal_send(struct linux_thread *thread, int signal, const struct linux_cause *cause) {
    int64_t answer = 0;
    linux_threads_lock();
    bool goes_on = signal == SIGNAL_CONT && stopped;
    if (signal == SIGNAL_CONT) drop_all(STOPPING);
    if (fates[signal] == FATE_STOP) drop_all(signal_bit(SIGNAL_CONT));
    if (goes_on) let_go_on();
    struct linux_thread *target = thread != NULL ? thread : taker(signal);
    struct linux_signals *signals = thread != NULL ? &thread->signals : &of_process;
    bool blocked = target == NULL || (blocked_by(target) & signal_bit(signal)) != 0;
    bool is_there =
        (signals->pending & signal_bit(signal)) != 0 && signal < SIGNAL_REAL_TIME && cause->code != CODE_TIMER;
    if ((blocked || !is_ignored(signal)) && !is_there) {
        answer = put(signals, signal, cause) ? 1 : -EAGAIN;
        if (answer > 0 && !blocked) linux_thread_call(target);
        if (answer > 0) tell_waiting(thread, signal);
    }
    linux_threads_unlock();
    if (goes_on) process_continued();
    return answer;
}

void linux_signal_force(int signal, const struct linux_cause *cause) {
    struct linux_action action = actions[signal];
    bool blocked = (linux_self()->signals.blocked & signal_bit(signal)) != 0;
    if (blocked || action.handler <= HANDLER_IGNORE) linux_signal_end(signal);
    if ((action.flags & ACTION_RESET) != 0) actions[signal].handler = HANDLER_DEFAULT;
    linux_signal_enter(signal, cause, &action);
}

void linux_signal_end(int signal) {
    futex_leave_all();
    linux_signal_die(signal);
}

void linux_signal_die(int signal) {
    static const char *const names[SIGNALS + 1] = {
#define LINUX_SIGNAL_ROW(name, number, fate) [number] = "SIG" #name,
#include "linux_signals.def"
#undef LINUX_SIGNAL_ROW
    };
    if (linux_trace) os_print("linux: ended by %s\n", names[signal] != NULL ? names[signal] : "a realtime signal");
    linux_exit(signal << 8 | (STATUS_OF_A_SIGNAL + signal)); // the low byte for who looks only at that
}

// ---- taking ----

// Nobody would let an orphan go on.
static void go_on(void) {
    linux_threads_lock();
    let_go_on();
    linux_threads_unlock();
}

// The process has stopped when the last of its threads has.
static void tell_if_all(uint32_t more) {
    int signal = 0;
    linux_threads_lock();
    halted += more;
    if (halted == linux_alive) {
        signal = untold;
        untold = 0;
    }
    linux_threads_unlock();
    if (signal != 0 && !process_stopped(signal)) go_on();
}

void linux_signal_thread_left(void) {
    if (linux_signal_is_stopped()) tell_if_all(0);
}

static bool must_pause(void) {
    return linux_signal_is_stopped() && !linux_thread_has_to_end() &&
           (pending_for(linux_self()) & signal_bit(SIGNAL_KILL)) == 0;
}

// Until SIGCONT. Nobody stops this thread: it does so itself, having begun nothing that others wait for.
static void pause_here(void) {
    if (!must_pause()) return;
    tell_if_all(1);
    while (must_pause()) os_recv(linux_self()->os.port, 0);
    linux_threads_lock();
    halted--;
    linux_threads_unlock();
}

// All threads are to see that.
static void stop_all(int signal) {
    untold = signal;
    __atomic_store_n(&stopped, true, __ATOMIC_SEQ_CST);
    for (struct link *link = linux_threads.next; link != &linux_threads; link = link->next) {
        struct linux_thread *thread = container_of(link, struct linux_thread, all);
        if (!thread->ended) linux_thread_call(thread);
    }
}

// The next that is not ignored. => 0: none; else the lock is held, and whose it is
static int next(struct linux_signals **whose) {
    struct linux_thread *self = linux_self();
    for (;;) {
        pause_here();
        linux_threads_lock();
        uint64_t own = self->signals.pending & ~self->signals.blocked;
        uint64_t all = own | (of_process.pending & ~self->signals.blocked);
        if (all == 0) break;
        int signal = lowest((all & FIRST_OF_ALL) != 0 ? all & FIRST_OF_ALL : all);
        struct linux_cause cause;
        *whose = (own & signal_bit(signal)) != 0 ? &self->signals : &of_process;
        bool is_stop = stops(signal);
        if (!is_stop && !is_ignored(signal)) return signal;
        take(*whose, signal, &cause);
        if (is_stop) stop_all(signal);
        linux_threads_unlock();
    }
    linux_threads_unlock();
    return 0;
}

int linux_signal_take(struct linux_cause *cause, struct linux_action *action) {
    struct linux_signals *whose;
    int signal = next(&whose);
    if (signal == 0) return 0;
    take(whose, signal, cause);
    *action = actions[signal];
    if ((action->flags & ACTION_RESET) != 0) actions[signal].handler = HANDLER_DEFAULT;
    linux_threads_unlock();
    return signal;
}

bool linux_signal_calls(void) {
    struct linux_signals *whose;
    if (linux_thread_has_to_end()) return true;
    int signal = linux_signal_waits() ? next(&whose) : 0;
    if (signal == 0) return false;
    if (whose ==
        &of_process) { // nobody else takes it now, so that the call that it interrupts is not interrupted for nothing
        struct linux_cause cause;
        take(whose, signal, &cause);
        put(&linux_self()->signals, signal, &cause);
    }
    linux_threads_unlock();
    return true;
}

bool linux_signal_is_pending(uint64_t set) { return (pending_for(linux_self()) & set) != 0; }

int linux_signal_fetch(uint64_t set, struct linux_cause *cause) {
    struct linux_thread *self = linux_self();
    linux_threads_lock();
    uint64_t own = self->signals.pending & set, all = own != 0 ? own : of_process.pending & set;
    int signal = all == 0 ? 0 : lowest((all & FIRST_OF_ALL) != 0 ? all & FIRST_OF_ALL : all);
    if (signal != 0) take(own != 0 ? &self->signals : &of_process, signal, cause);
    linux_threads_unlock();
    return signal;
}

void linux_signal_forget_handlers(void) {
    for (int signal = 1; signal <= SIGNALS; signal++) {
        bool ignored = actions[signal].handler == HANDLER_IGNORE;
        actions[signal] = (struct linux_action){.handler = ignored ? HANDLER_IGNORE : HANDLER_DEFAULT};
    }
    linux_self()->signals.stack = (struct linux_stack){.flags = linux_self()->signals.stack.flags};
    process_child_action(actions[SIGNAL_CHLD].handler, 0);
}

static struct linux_action played[SIGNALS + 1]; // of a vforked child

void linux_signal_play(void) {
    linux_threads_lock();
    memcpy(played, actions, sizeof played);
    linux_threads_unlock();
}

void linux_signal_played(void) {
    memcpy(actions, played, sizeof actions);
    process_child_action(actions[SIGNAL_CHLD].handler, actions[SIGNAL_CHLD].flags);
}

void linux_signal_block(uint64_t mask) {
    struct linux_thread *self = linux_self();
    __atomic_store_n(&self->signals.blocked, mask & ~UNBLOCKABLE, __ATOMIC_SEQ_CST);
    if (waits_for(self)) __atomic_fetch_or(&self->attention, ATTENTION_SIGNAL, __ATOMIC_RELAXED);
}

// ---- the calls ----

// Masks that block SIGCHLD come from a program by these calls, and only then from frames and actions.
static void tell_of_child(uint64_t mask) {
    if ((mask & signal_bit(SIGNAL_CHLD)) != 0) process_child_blocked();
}

int64_t linux_sys_rt_sigaction(int signal, uint64_t new, uint64_t old, uint64_t size) {
    struct linux_action action;
    if (size != SET_SIZE) return -EINVAL;
    if (new != 0 && !user_read(&action, new, sizeof action)) return -EFAULT;
    if (!is_signal(signal) || (new != 0 && (UNBLOCKABLE & signal_bit(signal)) != 0)) return -EINVAL;
    bool plays = vfork_is_played();
    struct linux_action *its = plays ? &played[signal] : &actions[signal];
    linux_threads_lock();
    struct linux_action before = *its;
    if (new != 0) {
        action.mask &= ~UNBLOCKABLE;
        *its = action;
        if (!plays && is_ignored(signal)) drop_all(signal_bit(signal)); // what waits is forgotten
    }
    linux_threads_unlock();
    if (new != 0 && !plays) tell_of_child(action.mask);
    if (new != 0 && !plays && signal == SIGNAL_CHLD) process_child_action(action.handler, action.flags);
    return old == 0 || user_write(old, &before, sizeof before) ? 0 : -EFAULT;
}

int64_t linux_sys_rt_sigprocmask(int how, uint64_t new, uint64_t old, uint64_t size) {
    uint64_t before = linux_self()->signals.blocked, mask;
    if (size != SET_SIZE) return -EINVAL;
    if (new != 0) {
        if (!user_read(&mask, new, sizeof mask)) return -EFAULT;
        if (how != HOW_BLOCK && how != HOW_UNBLOCK && how != HOW_SET) return -EINVAL;
        if (how != HOW_UNBLOCK) tell_of_child(mask);
        linux_signal_block(how == HOW_BLOCK ? before | mask : how == HOW_UNBLOCK ? before & ~mask : mask);
    }
    return old == 0 || user_write(old, &before, sizeof before) ? 0 : -EFAULT;
}

int64_t linux_sys_rt_sigpending(uint64_t to, uint64_t size) {
    const struct linux_signals *own = &linux_self()->signals;
    uint64_t pending = (own->pending | of_process.pending) & own->blocked;
    if (size > SET_SIZE) return -EINVAL;
    return size == 0 || user_write(to, &pending, size) ? 0 : -EFAULT;
}

int64_t linux_sys_rt_sigsuspend(uint64_t mask, uint64_t size) {
    struct linux_thread *self = linux_self();
    uint64_t set;
    if (size != SET_SIZE) return -EINVAL;
    if (!user_read(&set, mask, sizeof set)) return -EFAULT;
    tell_of_child(set);
    self->signals.suspended = self->signals.blocked;
    self->signals.is_suspended = true;
    self->interrupted = AGAIN_NEVER;
    self->again = mask;
    linux_signal_block(set);
    while (linux_wait(UINT64_MAX) != LINUX_SIGNAL)
        ;
    return -EINTR;
}

int64_t linux_signal_set_stack(const struct linux_stack *stack, uint64_t sp) {
    struct linux_stack *own = &linux_self()->signals.stack;
    int32_t mode = stack->flags & ~STACK_DISARM;
    bool is_none = mode == STACK_DISABLED;
    if (linux_stack_is_on(own, sp)) return -EPERM;
    if (mode != 0 && mode != STACK_ON && !is_none) return -EINVAL;
    if (!is_none && stack->size < STACK_LEAST) return -ENOMEM;
    *own = (struct linux_stack){is_none ? 0 : stack->va, stack->flags, is_none ? 0 : stack->size};
    return 0;
}

int64_t linux_sys_sigaltstack(uint64_t new, uint64_t old) {
    uint64_t sp = linux_registers()->x[1];
    struct linux_stack stack, before = linux_self()->signals.stack;
    int32_t mode = before.size == 0 ? STACK_DISABLED : linux_stack_is_on(&before, sp) ? STACK_ON : 0;
    before.flags = (before.flags & STACK_DISARM) | mode;
    if (new != 0 && !user_read(&stack, new, sizeof stack)) return -EFAULT;
    int64_t error = new != 0 ? linux_signal_set_stack(&stack, sp) : 0;
    if (error != 0) return error;
    return old == 0 || user_write(old, &before, sizeof before) ? 0 : -EFAULT;
}

int64_t linux_sys_rt_sigtimedwait(uint64_t set, uint64_t to, uint64_t time, uint64_t size) {
    struct linux_thread *self = linux_self();
    uint64_t wanted, deadline = UINT64_MAX;
    struct linux_cause cause;
    if (size != SET_SIZE) return -EINVAL;
    if (!user_read(&wanted, set, sizeof wanted)) return -EFAULT;
    int64_t error = time != 0 ? time_deadline(time, false, &deadline) : 0;
    if (error != 0) return error;
    wanted &= ~UNBLOCKABLE;
    __atomic_store_n(&self->signals.waited, wanted, __ATOMIC_SEQ_CST);
    int signal;
    enum linux_wake why = LINUX_WOKEN;
    while ((signal = linux_signal_fetch(wanted, &cause)) == 0 && why == LINUX_WOKEN) why = linux_wait(deadline);
    __atomic_store_n(&self->signals.waited, 0, __ATOMIC_SEQ_CST);
    if (signal == 0) return why == LINUX_TIME ? -EAGAIN : -EINTR;
    return to == 0 || linux_info_write(to, signal, &cause) ? signal : -EFAULT;
}

// thread: 0: to the process.
static int64_t send(int process, int number, int signal, const struct linux_cause *cause) {
    uint64_t whose = process >= 0 ? (uint32_t)process : (uint32_t)number % LINUX_NUMBERS;
    if (whose != os_start->process) return process_signal(process, number, signal, cause);
    struct linux_thread *thread = number != 0 ? linux_thread_find((uint64_t)number) : NULL;
    if (number != 0 && thread == NULL) return -ESRCH;
    if (signal < 0 || signal > SIGNALS) return -EINVAL;
    int64_t answer = signal != 0 ? linux_signal_send(thread, signal, cause) : 0;
    return answer < 0 ? answer : 0;
}

int64_t linux_sys_tkill(int thread, int signal) {
    struct linux_cause cause = {.code = CODE_THREAD, .process = os_start->process};
    return thread <= 0 ? -EINVAL : send(-1, thread, signal, &cause);
}

int64_t linux_sys_tgkill(int process, int thread, int signal) {
    struct linux_cause cause = {.code = CODE_THREAD, .process = os_start->process};
    return process <= 0 || thread <= 0 ? -EINVAL : send(process, thread, signal, &cause);
}

// One may only speak for oneself as if one were the kernel, or kill().
static int64_t read_cause(struct linux_cause *cause, uint64_t from, bool is_own) {
    int32_t head[4];
    if (!user_read(head, from, sizeof head) || !user_read(cause->field, from + sizeof head, sizeof cause->field))
        return -EFAULT;
    cause->error = head[1];
    cause->code = head[2];
    return (cause->code >= 0 || cause->code == CODE_THREAD) && !is_own ? -EPERM : 0;
}

int64_t linux_sys_rt_sigqueueinfo(int process, int signal, uint64_t info) {
    struct linux_cause cause;
    int64_t error = read_cause(&cause, info, (uint32_t)process == os_start->process);
    if (error != 0) return error;
    return process <= 0 ? -ESRCH : send(process, 0, signal, &cause);
}

int64_t linux_sys_rt_tgsigqueueinfo(int process, int thread, int signal, uint64_t info) {
    struct linux_cause cause;
    if (process <= 0 || thread <= 0) return -EINVAL;
    int64_t error = read_cause(&cause, info, (uint32_t)process == os_start->process);
    return error != 0 ? error : send(process, thread, signal, &cause);
}
