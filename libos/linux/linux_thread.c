// SPDX-License-Identifier: MIT
// Threads of the program: made, waiting, called, ended.
//
//   block of a thread:   handler stack, struct linux_thread | area of its registers | message page
#include "linux_thread.h"

#include <os/arena.h>
#include <os/begin.h>
#include <os/handles.h>
#include <os/mutex.h>
#include <os/process.h>
#include <os/time.h>

#include <stddef.h>

#include "linux_call.h"
#include "linux_errors.h"
#include "linux_fault.h"
#include "linux_fork.h"
#include "linux_futex.h"
#include "linux_host.h"
#include "linux_layout.h"
#include "linux_native.h"
#include "linux_process.h"
#include "linux_server.h"
#include "linux_start.h"
#include "linux_timer.h"
#include "linux_usage.h"
#include "linux_user.h"
#include "linux_vfork.h"
#include "string.h"

enum {
    STACK_PAGES = 5,
    BLOCK_PAGES = STACK_PAGES + 2,
    REGISTER_SP = 1,
    REGISTER_TP = 3,
    NUMBERS_EACH = 2047, // of threads
    // notification bits of a thread's port, beside LINUX_WAKE
    BIT_SIGNAL = 2,
    BIT_TIME = 4,
};

// clone's flags
#define CLONE_VM             0x100u
#define CLONE_SETTLS         0x80000u
#define CLONE_PARENT_SETTID  0x100000u
#define CLONE_CHILD_CLEARTID 0x200000u
#define CLONE_CHILD_SETTID   0x1000000u
#define CLONE_SIGHAND        0x800u
#define CLONE_PIDFD          0x1000u
#define CLONE_VFORK          0x4000u
#define CLONE_PARENT         0x8000u
#define CLONE_THREAD         0x10000u
#define CLONE_NAMESPACES     0x7e020000u
#define CLONE_PLAYED         (CLONE_VM | CLONE_VFORK)

_Static_assert(offsetof(struct linux_thread, os.area) == THREAD_AREA &&
                   offsetof(struct linux_thread, inside) == THREAD_INSIDE &&
                   offsetof(struct linux_thread, halt) == THREAD_HALT &&
                   offsetof(struct linux_thread, attention) == THREAD_ATTENTION &&
                   offsetof(struct linux_thread, raise) == THREAD_RAISE &&
                   offsetof(struct linux_thread, raise_rights) == THREAD_RIGHTS &&
                   offsetof(struct upcall_registers, pc) == 8 * REGISTER_PC && (int)CALL_resume == CALL_RESUME &&
                   (int)FAULT_CALL == ACCESS_CALL,
               "linux_layout.h says so");

void linux_entry(void);
void linux_begin(void);
uint64_t linux_float_save(uint64_t *f);
void linux_float_load(const uint64_t *f, uint64_t control);
extern const char linux_leave[], linux_left[], linux_raise[], linux_raised[];

struct link linux_threads;
static struct os_mutex mutex;
static char first_name[LINUX_NAME]; // of the program's first thread
static struct linux_thread *only;   // that shall be left

uint32_t linux_alive;

void linux_threads_lock(void) { os_mutex_lock(&mutex); }
void linux_threads_unlock(void) { os_mutex_unlock(&mutex); }

struct linux_thread *linux_thread_find(uint64_t number) {
    struct linux_thread *found = NULL;
    linux_threads_lock();
    for (struct link *link = linux_threads.next; link != &linux_threads && found == NULL; link = link->next) {
        struct linux_thread *thread = container_of(link, struct linux_thread, all);
        if (thread->number == number && !thread->ended) found = thread;
    }
    linux_threads_unlock();
    return found;
}

// ---- making and ending ----

static void release(struct linux_thread *thread) {
    uint64_t block = thread->block;
    server_unlisten(thread);
    if (thread->os.handle != 0) os_end(thread->os.handle);
    if (thread->os.port != 0) os_end(thread->os.port);
    linux_signal_forget(thread);
    os_pages_give(block, BLOCK_PAGES);
}

// Those that have ended could not give their own pages back. The lock is held.
static void sweep(void) {
    for (struct link *link = linux_threads.next, *next; link != &linux_threads; link = next) {
        struct linux_thread *thread = container_of(link, struct linux_thread, all);
        next = link->next;
        if (!thread->ended) continue;
        list_remove(&thread->all);
        release(thread);
    }
}

// The first code of a thread, on its handler stack.
static void be(uint64_t argument) {
    struct linux_thread *self = (struct linux_thread *)argument;
    os_thread_adopt(&self->os, self->os.area + OS_PAGE);
    os_upcall((uint64_t)linux_entry, (uint64_t)self, self->os.area);
    linux_begin();
}

static struct linux_thread *make(const struct upcall_registers *start) {
    uint64_t block = os_range_take(BLOCK_PAGES, 1);
    if (block == 0) return NULL;
    if (os_alloc(block, BLOCK_PAGES - 1, RIGHT_READ | RIGHT_WRITE, 0, 0).status != STATUS_OK) {
        os_pages_give(block, BLOCK_PAGES);
        return NULL;
    }
    uint64_t area = block + STACK_PAGES * OS_PAGE;
    struct linux_thread *thread = (struct linux_thread *)((area - sizeof *thread) & ~15ul);
    thread->block = block;
    thread->os.area = area;
    thread->inside = 1;
    thread->start = *start;
    thread->began = os_now();
    link_init(&thread->signals.queue);
    struct result handle =
        os_thread_create(HANDLE_SELF, (uint64_t)be, (uint64_t)thread, (uint64_t)thread, os_start->priority);
    struct result port = os_port_create();
    if (handle.status == STATUS_OK) thread->os.handle = (uint32_t)handle.value;
    if (port.status == STATUS_OK) thread->os.port = (uint32_t)port.value;
    if (handle.status == STATUS_OK && port.status == STATUS_OK) return thread;
    release(thread);
    return NULL;
}

static bool is_taken(uint32_t number) {
    for (struct link *link = linux_threads.next; link != &linux_threads; link = link->next) {
        if (container_of(link, struct linux_thread, all)->number == number) return true;
    }
    return false;
}

// No other process has threads of such numbers.
static uint32_t next_number(void) {
    static uint32_t last;
    uint32_t number;
    if (linux_alive == 0) last = 0;
    do {
        number = os_start->process + last * LINUX_NUMBERS;
        last = (last + 1) % NUMBERS_EACH;
    } while (is_taken(number));
    return number;
}

static void add(struct linux_thread *thread) {
    thread->number = next_number();
    linux_alive++;
    list_add_last(&linux_threads, &thread->all);
}

bool linux_thread_first(const struct upcall_registers *start) {
    link_init(&linux_threads);
    linux_signal_start();
    os_mutex_start(&mutex);
    futex_start();
    struct linux_thread *thread = make(start);
    if (thread == NULL) return false;
    memcpy(thread->name, first_name, sizeof first_name);
    add(thread);
    os_thread_start(&thread->os);
    return true;
}

void linux_thread_registers(void) {
    const struct linux_thread *self = linux_self();
    *linux_registers() = self->start;
    linux_float_load(self->floats, self->float_control);
}

struct linux_thread *linux_thread_forked(const struct linux_thread *model) {
    link_init(&linux_threads);
    linux_signal_forget(NULL);
    timers_forked();
    usage_forked();
    os_mutex_start(&mutex);
    futex_start();
    linux_alive = 0;
    struct linux_thread *thread = make(&model->start);
    if (thread == NULL) return NULL;
    memcpy(thread->floats, model->floats, sizeof thread->floats);
    thread->float_control = model->float_control;
    linux_thread_inherit(thread, model);
    thread->signals.stack = model->signals.stack;
    thread->clear_child = model->clear_child;
    thread->robust = model->robust;
    add(thread);
    return thread;
}

void linux_thread_rename(const char *path) {
    const char *last = path;
    for (const char *at = path; *at != '\0'; at++)
        if (*at == '/') last = at + 1;
    uint64_t length = string_length(last);
    memset(first_name, 0, sizeof first_name);
    memcpy(first_name, last, length < sizeof first_name ? length : sizeof first_name - 1);
    if (linux_alive != 0) memcpy(linux_self()->name, first_name, sizeof first_name);
}

void linux_thread_inherit(struct linux_thread *thread, const struct linux_thread *from) {
    memcpy(thread->name, from->name, sizeof thread->name);
    thread->signals.blocked = from->signals.blocked;
    thread->schedule = from->schedule;
    if (from->schedule.resets) {
        thread->schedule.policy = thread->schedule.priority = 0;
        thread->schedule.resets = false;
        if (thread->schedule.nice < 0) thread->schedule.nice = 0;
    }
}

bool linux_thread_has_to_end(void) {
    const struct linux_thread *one = __atomic_load_n(&only, __ATOMIC_RELAXED);
    return one != NULL && one != linux_self();
}

bool linux_threads_end_others(void) {
    struct linux_thread *self = linux_self();
    linux_threads_lock();
    bool is_first = only == NULL;
    if (is_first) {
        __atomic_store_n(&only, self, __ATOMIC_SEQ_CST);
        for (struct link *link = linux_threads.next; link != &linux_threads; link = link->next) {
            struct linux_thread *thread = container_of(link, struct linux_thread, all);
            if (thread != self && !thread->ended) linux_thread_call(thread);
        }
    }
    linux_threads_unlock();
    if (!is_first) return false;
    while (__atomic_load_n(&linux_alive, __ATOMIC_ACQUIRE) > 1) os_recv(self->os.port, 0);
    linux_threads_lock();
    sweep();
    only = NULL;
    self->number = os_start->process;
    linux_threads_unlock();
    self->futex = self->clear_child = self->robust = 0;
    return true;
}

void linux_threads_nudge(void) {
    linux_threads_lock();
    for (struct link *link = linux_threads.next; link != &linux_threads; link = link->next)
        linux_wake(container_of(link, struct linux_thread, all));
    linux_threads_unlock();
}

// Memory is shared by threads, and by who waits for the other; there is one place for all in every respect.
static int64_t check_flags(uint64_t flags) {
    bool has_memory = (flags & CLONE_VM) != 0, has_actions = (flags & CLONE_SIGHAND) != 0;
    bool is_thread = (flags & CLONE_THREAD) != 0;
    if ((is_thread && !has_actions) || (has_actions && !has_memory)) return -EINVAL;
    if ((flags & (CLONE_NAMESPACES | CLONE_PIDFD)) != 0 || (!is_thread && (flags & CLONE_PARENT) != 0)) return -EINVAL;
    return has_memory && !is_thread && (flags & CLONE_VFORK) == 0 ? -ENOSYS : 0;
}

void linux_thread_clone(uint64_t flags, uint64_t stack, uint64_t parent_number, uint64_t storage, uint64_t number) {
    struct linux_thread *self = linux_self();
    struct upcall_registers *registers = linux_registers(), start = *registers;
    int64_t answer = check_flags(flags);
    if (answer != 0) {
        registers->x[REGISTER_A0] = (uint64_t)answer;
        return;
    }
    if ((flags & CLONE_THREAD) == 0) {
        if ((flags & CLONE_PLAYED) == CLONE_PLAYED && vfork_begin(flags, stack, parent_number, storage)) return;
        answer = linux_fork(flags, stack, parent_number, storage, number);
    } else {
        start.x[REGISTER_A0] = 0;
        if (stack != 0) start.x[REGISTER_SP] = stack;
        if ((flags & CLONE_SETTLS) != 0) start.x[REGISTER_TP] = storage;
        linux_threads_lock();
        sweep();
        struct linux_thread *thread = make(&start);
        if (thread != NULL) {
            add(thread);
            linux_thread_inherit(thread, self);
            thread->signals.stack.flags = STACK_DISABLED;
            if (linux_signal_is_stopped()) thread->attention = ATTENTION_SIGNAL;
            thread->float_control = linux_float_save(thread->floats);
            if ((flags & CLONE_CHILD_CLEARTID) != 0) thread->clear_child = number;
        }
        linux_threads_unlock();
        answer = thread != NULL ? (int64_t)thread->number : -EAGAIN;
        if (thread != NULL) {
            if ((flags & CLONE_PARENT_SETTID) != 0 && user_is_range(parent_number, 4))
                linux_user_store((uint32_t *)parent_number, thread->number);
            if ((flags & CLONE_CHILD_SETTID) != 0 && user_is_range(number, 4))
                linux_user_store((uint32_t *)number, thread->number);
            os_thread_start(&thread->os);
        }
    }
    registers->x[REGISTER_A0] = (uint64_t)answer;
}

static __attribute__((noreturn)) void end(int status) {
    struct linux_thread *self = linux_self();
    futex_leave(self);
    linux_threads_lock();
    usage_end(self);
    if (__atomic_sub_fetch(&linux_alive, 1, __ATOMIC_RELEASE) == 0) {
        self->ended = true;
        linux_threads_unlock(); // who tells the end asks how long threads ran
        linux_exit(status);
    }
    linux_threads_unlock();
    linux_signal_thread_left();
    linux_threads_lock();
    self->ended = true;
    if (only != NULL) linux_wake(only);
    linux_threads_unlock();
    for (;;) os_destroy(HANDLE_SELF);
}

void linux_thread_end(void) { end(0); }

void linux_thread_exit(uint64_t status) {
    if (!vfork_is_played()) end((int)(status & 0xff));
    vfork_end();
}

void linux_thread_exit_group(uint64_t status) {
    if (!vfork_is_played()) {
        futex_leave_all();
        linux_exit((int)(status & 0xff));
    }
    vfork_end();
}

void linux_exit(int status) {
    native_end();
    host_tell_end();
    process_tell_end(status);
    for (;;) os_exit(status);
}

int64_t linux_sys_set_tid_address(uint64_t at) {
    linux_self()->clear_child = at;
    return linux_self()->number;
}

int64_t linux_sys_gettid(void) { return linux_self()->number; }

// ---- waiting, and being called ----

enum linux_wake linux_wait(uint64_t deadline) {
    struct linux_thread *self = linux_self();
    if (self->attention != 0 && linux_signal_calls()) return LINUX_SIGNAL;
    if (deadline != UINT64_MAX) os_timer(self->os.port, BIT_TIME, deadline);
    __atomic_store_n(&self->idle_since, os_now(), __ATOMIC_RELEASE);
    struct message message = os_recv(self->os.port, 0);
    self->idle += os_now() - self->idle_since;
    __atomic_store_n(&self->idle_since, 0, __ATOMIC_RELEASE);
    if (deadline != UINT64_MAX) os_timer(self->os.port, BIT_TIME, UINT64_MAX);
    if (message.status == STATUS_OK && (message.word[0] & LINUX_WAKE) != 0) return LINUX_WOKEN;
    if (linux_signal_calls()) return LINUX_SIGNAL;
    return os_now() >= deadline ? LINUX_TIME : LINUX_WOKEN;
}

void linux_wake(struct linux_thread *thread) { os_notify(thread->os.port, LINUX_WAKE); }

static void kick(struct linux_thread *thread) {
    struct upcall_registers *registers = os_self()->message;
    bool begun = os_stop(thread->os.handle) == STATUS_OK;
    if (begun && __atomic_load_n(&thread->inside, __ATOMIC_SEQ_CST) == 0 && thread->kicked == 0 &&
        os_thread_control(thread->os.handle, THREAD_GET_REGISTERS, 0).status == STATUS_OK) {
        uint64_t pc = registers->pc;
        if (pc < LINUX_END) { // in its program
            thread->kicked = pc;
            registers->pc = LINUX_KICK;
        } else if (pc >= (uint64_t)linux_raise && pc <= (uint64_t)linux_raised) {
            os_unprot(0, thread->raise, 1, thread->raise_rights);
            registers->pc = (uint64_t)linux_leave;
        } else if (pc >= (uint64_t)linux_leave && pc <= (uint64_t)linux_left) { // it had looked already
            registers->pc = (uint64_t)linux_leave;
        } // else on its way in
        os_thread_control(thread->os.handle, THREAD_SET_REGISTERS, 0);
    }
    __atomic_store_n(&thread->halt, 0, __ATOMIC_SEQ_CST);
    if (begun) os_thread_start(&thread->os);
}

// A thread that is in the personality is never stopped: what it asked somebody for would be lost. Either it sees
// `halt` and begins nothing, or we see that it is inside.
void linux_thread_call(struct linux_thread *thread) {
    __atomic_fetch_or(&thread->attention, ATTENTION_SIGNAL, __ATOMIC_SEQ_CST);
    if (thread == linux_self()) return;
    __atomic_store_n(&thread->halt, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&thread->inside, __ATOMIC_SEQ_CST) == 0) {
        kick(thread);
    } else {
        __atomic_store_n(&thread->halt, 0, __ATOMIC_SEQ_CST);
        if (!server_interrupt(thread)) os_notify(thread->os.port, BIT_SIGNAL);
    }
}
