// SPDX-License-Identifier: MIT
// Children: the first thread waits for them, and notes what became of them for who asks by wait4.
#include "linux_process.h"

#include <os/mutex.h>
#include <os/process.h>
#include <os/stubs.h>

#include "linux_call.h"
#include "linux_errors.h"
#include "linux_start.h"
#include "linux_thread.h"
#include "linux_user.h"

enum {
    CHILDREN = 96,
    WAIT_NO_HANG = 1,
    WAIT_KNOWN = 0x0b, // with WUNTRACED and WCONTINUED
    CHILD_EXITED = 1,  // codes of SIGCHLD
    CHILD_KILLED = 2,
    USAGE = 144,
};
#define WAIT_ALL UINT64_C(0xe0000000) // __WNOTHREAD, __WALL, __WCLONE

struct child {
    uint64_t number; // 0: none
    bool ended;
    int32_t status; // as wait4 tells it
};

uint32_t linux_parent;

static struct os_mutex mutex;
static struct child children[CHILDREN];
static uint64_t port;
static uint32_t own; // number, for the child

void process_start(void) {
    os_mutex_start(&mutex);
    port = os_port_create().value;
}

void process_before_fork(void) { own = os_start->process; }

void process_forked(void) {
    process_start();
    linux_parent = own;
    for (unsigned i = 0; i < CHILDREN; i++) children[i].number = 0;
}

// The lock is held. => its place; if it has none, a new one; NULL: there are too many
static struct child *find(uint64_t number) {
    struct child *free = NULL;
    for (struct child *child = children; child < children + CHILDREN; child++) {
        if (child->number == number) return child;
        if (child->number == 0) free = child;
    }
    if (free != NULL) *free = (struct child){.number = number};
    return free;
}

void process_add(int64_t number) {
    os_mutex_lock(&mutex);
    find((uint64_t)number);
    os_mutex_unlock(&mutex);
    os_notify(port, 1);
}

static bool has_living(void) {
    bool found = false;
    os_mutex_lock(&mutex);
    for (const struct child *child = children; child < children + CHILDREN; child++)
        found = found || (child->number != 0 && !child->ended);
    os_mutex_unlock(&mutex);
    return found;
}

// exit(): the low byte; ended by a signal: that above it.
static int32_t status_of(const struct os_end *end) {
    int32_t signal = end->how == OS_ENDED_EXIT ? (int32_t)(end->value >> 8) : SIGNAL_KILL;
    return signal != 0 ? signal : (int32_t)(end->value & 0xff) << 8;
}

static void note_end(const struct os_end *end) {
    os_mutex_lock(&mutex);
    struct child *child = find(end->process);
    int32_t status = status_of(end);
    if (child != NULL) {
        child->status = status;
        child->ended = true;
    }
    os_mutex_unlock(&mutex);
    linux_threads_wake();
    struct linux_cause cause = {.code = (status & 0x7f) == 0 ? CHILD_EXITED : CHILD_KILLED,
                                .process = (uint32_t)end->process};
    linux_signal_send(NULL, SIGNAL_CHLD, &cause);
}

void process_keep_house(void) {
    for (;;) {
        if (!has_living()) {
            os_recv(port, 0);
            continue;
        }
        struct os_end end = os_wait(0);
        if (end.status == STATUS_OK) note_end(&end);
    }
}

// The lock is held. => one that has ended, else (NULL) whether there is any
static struct child *look(int wanted, bool *is_any) {
    struct child *found = NULL;
    *is_any = false;
    for (struct child *child = children; child < children + CHILDREN; child++) {
        if (child->number == 0 || (wanted > 0 && child->number != (uint64_t)wanted)) continue;
        *is_any = true;
        if (child->ended) found = child;
    }
    return found;
}

int64_t linux_sys_wait4(int wanted, uint64_t status, uint64_t options, uint64_t usage) {
    static const uint8_t nothing[USAGE];
    struct linux_thread *self = linux_self();
    if ((options & UINT32_MAX & ~(WAIT_KNOWN | WAIT_ALL)) != 0) return -EINVAL;
    self->again = (uint64_t)(int64_t)wanted;
    self->interrupted = AGAIN_IF_RESTART;
    for (;;) {
        bool is_any;
        self->waits_for_child = true;
        os_mutex_lock(&mutex);
        struct child *child = look(wanted, &is_any), ended = {0};
        if (child != NULL) {
            ended = *child;
            child->number = 0;
        }
        os_mutex_unlock(&mutex);
        if (child != NULL || !is_any || (options & WAIT_NO_HANG) != 0) {
            self->waits_for_child = false;
            self->interrupted = AGAIN_NOT;
            if (child == NULL) return is_any ? 0 : -ECHILD;
            if (status != 0 && !user_write(status, &ended.status, sizeof ended.status)) return -EFAULT;
            if (usage != 0 && !user_write(usage, nothing, sizeof nothing)) return -EFAULT;
            return (int64_t)ended.number;
        }
        if (linux_wait(UINT64_MAX) == LINUX_SIGNAL) {
            self->waits_for_child = false;
            return -EINTR;
        }
    }
}

// Nobody knows of other processes yet, and nobody hears of this one.
int64_t process_signal(int process, int thread, int signal, const struct linux_cause *cause) {
    (void)process;
    (void)thread;
    (void)signal;
    (void)cause;
    return -ESRCH;
}

void process_stopped(int signal) { (void)signal; }
void process_continued(void) {}
