// SPDX-License-Identifier: MIT
// Signals: actions, masks, what is pending; the calls that ask for them.
#include "linux_signal.h"

#include <os/mutex.h>
#include <os/print.h>
#include <os/process.h>

#include "linux_call.h"
#include "linux_errors.h"
#include "linux_frame.h"
#include "linux_layout.h"
#include "linux_start.h"
#include "linux_thread.h"
#include "linux_user.h"

enum fate { FATE_END, FATE_NONE, FATE_STOP };

enum { SET_SIZE = 8, STATUS_OF_A_SIGNAL = 128, STACK_LEAST = 2048 };

enum { HOW_BLOCK, HOW_UNBLOCK, HOW_SET };

#define UNBLOCKABLE (signal_bit(SIGNAL_KILL) | signal_bit(SIGNAL_STOP))
// What a thread does itself goes first.
#define OWN_DOING                                                                                          \
    (signal_bit(SIGNAL_SEGV) | signal_bit(SIGNAL_BUS) | signal_bit(SIGNAL_ILL) | signal_bit(SIGNAL_TRAP) | \
     signal_bit(SIGNAL_FPE) | signal_bit(SIGNAL_SYS))

static const uint8_t fates[SIGNALS + 1] = {
#define LINUX_SIGNAL_ROW(name, number, fate) [number] = (fate),
#include "linux_signals.def"
#undef LINUX_SIGNAL_ROW
};

static struct linux_action actions[SIGNALS + 1];
static struct linux_signals of_process;

static bool is_signal(int signal) { return signal > 0 && signal <= SIGNALS; }

static bool is_ignored(int signal) {
    return actions[signal].handler == HANDLER_IGNORE ||
           (actions[signal].handler == HANDLER_DEFAULT && fates[signal] != FATE_END);
}

static uint64_t blocked_by(const struct linux_thread *thread) {
    return __atomic_load_n(&thread->signals.blocked, __ATOMIC_RELAXED);
}

static bool waits_for(const struct linux_thread *thread) {
    uint64_t pending = __atomic_load_n(&thread->signals.pending, __ATOMIC_RELAXED) |
                       __atomic_load_n(&of_process.pending, __ATOMIC_RELAXED);
    return (pending & ~blocked_by(thread)) != 0;
}

bool linux_signal_waits(void) { return waits_for(linux_self()); }

// ---- sending ----

// Somebody who takes it: the first thread that does not block it. => NULL: all do
static struct linux_thread *taker(int signal) {
    for (struct link *link = linux_threads.next; link != &linux_threads; link = link->next) {
        struct linux_thread *thread = container_of(link, struct linux_thread, all);
        if (!thread->ended && (blocked_by(thread) & signal_bit(signal)) == 0) return thread;
    }
    return NULL;
}

void linux_signal_send(struct linux_thread *thread, int signal, const struct linux_cause *cause) {
    linux_threads_lock();
    struct linux_thread *target = thread != NULL ? thread : taker(signal);
    struct linux_signals *signals = thread != NULL ? &thread->signals : &of_process;
    bool blocked = target == NULL || (blocked_by(target) & signal_bit(signal)) != 0;
    if ((blocked || !is_ignored(signal)) && (signals->pending & signal_bit(signal)) == 0) {
        signals->cause[signal - 1] = *cause;
        __atomic_fetch_or(&signals->pending, signal_bit(signal), __ATOMIC_SEQ_CST);
        if (!blocked) linux_thread_call(target);
    }
    linux_threads_unlock();
}

void linux_signal_force(int signal, const struct linux_cause *cause) {
    struct linux_action action = actions[signal];
    bool blocked = (linux_self()->signals.blocked & signal_bit(signal)) != 0;
    if (blocked || action.handler <= HANDLER_IGNORE) linux_signal_die(signal);
    if ((action.flags & ACTION_RESET) != 0) actions[signal].handler = HANDLER_DEFAULT;
    linux_signal_enter(signal, cause, &action);
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

static int lowest(uint64_t set) {
    int signal = 1;
    for (int half = SIGNALS / 2; half != 0; half /= 2) {
        if ((set & ((UINT64_C(1) << half) - 1)) != 0) continue;
        set >>= half;
        signal += half;
    }
    return signal;
}

int linux_signal_take(struct linux_cause *cause, struct linux_action *action) {
    struct linux_thread *self = linux_self();
    int signal = 0;
    linux_threads_lock();
    while (signal == 0 && waits_for(self)) {
        uint64_t own = self->signals.pending & ~self->signals.blocked;
        uint64_t all = own | (of_process.pending & ~self->signals.blocked);
        signal = lowest((all & OWN_DOING) != 0 ? all & OWN_DOING : all);
        struct linux_signals *signals = (own & signal_bit(signal)) != 0 ? &self->signals : &of_process;
        __atomic_fetch_and(&signals->pending, ~signal_bit(signal), __ATOMIC_RELAXED);
        *cause = signals->cause[signal - 1];
        *action = actions[signal];
        if (is_ignored(signal)) signal = 0;
    }
    if (signal != 0 && (action->flags & ACTION_RESET) != 0) actions[signal].handler = HANDLER_DEFAULT;
    linux_threads_unlock();
    return signal;
}

void linux_signal_forget_handlers(void) {
    for (int signal = 1; signal <= SIGNALS; signal++) {
        bool ignored = actions[signal].handler == HANDLER_IGNORE;
        actions[signal] = (struct linux_action){.handler = ignored ? HANDLER_IGNORE : HANDLER_DEFAULT};
    }
    linux_self()->signals.stack = (struct linux_stack){0};
}

void linux_signal_block(uint64_t mask) {
    struct linux_thread *self = linux_self();
    __atomic_store_n(&self->signals.blocked, mask & ~UNBLOCKABLE, __ATOMIC_SEQ_CST);
    if (waits_for(self)) __atomic_fetch_or(&self->attention, ATTENTION_SIGNAL, __ATOMIC_RELAXED);
}

// ---- the calls ----

int64_t linux_sys_rt_sigaction(int signal, uint64_t new, uint64_t old, uint64_t size) {
    struct linux_action action;
    if (size != SET_SIZE) return -EINVAL;
    if (new != 0 && !user_read(&action, new, sizeof action)) return -EFAULT;
    if (!is_signal(signal) || (new != 0 && (UNBLOCKABLE & signal_bit(signal)) != 0)) return -EINVAL;
    linux_threads_lock();
    struct linux_action before = actions[signal];
    if (new != 0) {
        action.mask &= ~UNBLOCKABLE;
        actions[signal] = action;
        if (is_ignored(signal)) { // what waits is forgotten
            __atomic_fetch_and(&of_process.pending, ~signal_bit(signal), __ATOMIC_RELAXED);
            for (struct link *link = linux_threads.next; link != &linux_threads; link = link->next)
                __atomic_fetch_and(&container_of(link, struct linux_thread, all)->signals.pending, ~signal_bit(signal),
                                   __ATOMIC_RELAXED);
        }
    }
    linux_threads_unlock();
    return old == 0 || user_write(old, &before, sizeof before) ? 0 : -EFAULT;
}

int64_t linux_sys_rt_sigprocmask(int how, uint64_t new, uint64_t old, uint64_t size) {
    uint64_t before = linux_self()->signals.blocked, mask;
    if (size != SET_SIZE) return -EINVAL;
    if (new != 0) {
        if (!user_read(&mask, new, sizeof mask)) return -EFAULT;
        if (how != HOW_BLOCK && how != HOW_UNBLOCK && how != HOW_SET) return -EINVAL;
        linux_signal_block(how == HOW_BLOCK ? before | mask : how == HOW_UNBLOCK ? before & ~mask : mask);
    }
    return old == 0 || user_write(old, &before, sizeof before) ? 0 : -EFAULT;
}

int64_t linux_sys_rt_sigpending(uint64_t to, uint64_t size) {
    const struct linux_signals *own = &linux_self()->signals;
    uint64_t pending = (own->pending | of_process.pending) & own->blocked;
    if (size > SET_SIZE) return -EINVAL;
    return user_write(to, &pending, size) ? 0 : -EFAULT;
}

int64_t linux_sys_rt_sigsuspend(uint64_t mask, uint64_t size) {
    struct linux_thread *self = linux_self();
    uint64_t set;
    if (size != SET_SIZE) return -EINVAL;
    if (!user_read(&set, mask, sizeof set)) return -EFAULT;
    self->signals.suspended = self->signals.blocked;
    self->signals.is_suspended = true;
    self->interrupted = AGAIN_NEVER;
    self->again = mask;
    linux_signal_block(set);
    while (linux_wait(UINT64_MAX) != LINUX_SIGNAL)
        ;
    return -EINTR;
}

int64_t linux_sys_sigaltstack(uint64_t new, uint64_t old) {
    struct linux_signals *signals = &linux_self()->signals;
    uint64_t sp = linux_registers()->x[1];
    struct linux_stack before = signals->stack, stack;
    bool on = before.size != 0 && sp - before.va < before.size + 1 && sp != before.va;
    if (before.size == 0) before.flags = STACK_DISABLED;
    if (on) before.flags |= STACK_ON;
    if (new != 0) {
        if (!user_read(&stack, new, sizeof stack)) return -EFAULT;
        if (on) return -EPERM;
        int32_t mode = stack.flags & ~STACK_DISARM;
        if (mode != 0 && mode != STACK_ON && mode != STACK_DISABLED) return -EINVAL;
        if (mode == STACK_DISABLED)
            stack = (struct linux_stack){.flags = stack.flags};
        else if (stack.size < STACK_LEAST)
            return -ENOMEM;
        stack.flags &= STACK_DISARM;
        signals->stack = stack;
    }
    return old == 0 || user_write(old, &before, sizeof before) ? 0 : -EFAULT;
}

static int64_t send_to_thread(int process, int number, int signal) {
    struct linux_cause cause = {.code = CODE_THREAD, .process = os_start->process};
    if (number <= 0 || signal < 0 || signal > SIGNALS) return -EINVAL;
    struct linux_thread *thread = linux_thread_find((uint64_t)number);
    if (thread == NULL || (process >= 0 && (uint32_t)process != os_start->process)) return -ESRCH;
    if (signal != 0) linux_signal_send(thread, signal, &cause);
    return 0;
}

int64_t linux_sys_tkill(int thread, int signal) { return send_to_thread(-1, thread, signal); }

int64_t linux_sys_tgkill(int process, int thread, int signal) {
    return process <= 0 ? -EINVAL : send_to_thread(process, thread, signal);
}

int64_t linux_sys_kill(int process, int signal) {
    struct linux_cause cause = {.code = CODE_USER, .process = os_start->process};
    if (signal < 0 || signal > SIGNALS) return -EINVAL;
    if (process != 0 && (uint32_t)process != os_start->process) return -ESRCH;
    if (signal != 0) linux_signal_send(NULL, signal, &cause);
    return 0;
}
