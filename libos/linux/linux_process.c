// SPDX-License-Identifier: MIT
// The process among others: its number and its parent's, groups, sessions, signals that come from others and go there.
// Who has something for the process notifies the first thread, which keeps house; a thread that asks the server
// anything hears it at once, so that a child's end and the signal that tells of it come in this order.
#include "linux_process.h"

#include <os/mutex.h>
#include <os/process.h>
#include <os/stubs.h>

#include "linux_call.h"
#include "linux_errors.h"
#include "linux_layout.h"
#include "linux_server.h"
#include "linux_signal.h"
#include "linux_start.h"
#include "linux_thread.h"
#include "linux_usage.h"
#include "linux_vfork.h"
#include "string.h"

enum { FIRST_OF_ALL = 1, NO_STOPS = 1 }; // SA_NOCLDSTOP

#define PAGE_OF_SERVER (OS_BASE + UINT64_C(0xf0000000))

uint32_t linux_parent = FIRST_OF_ALL;

static struct os_mutex taking;
static uint32_t must_take;
static uint64_t port;
static uint32_t own;  // number, for the child
static uint64_t made; // the child, while it is not there yet
static uint64_t child_handler, child_action_flags;
static bool child_blocked;                      // ever
static uint64_t child_flags = UNIX_CHILD_QUIET; // as the server knows them

static void begin(void) {
    os_mutex_start(&taking);
    port = os_port_create().value;
}

static const char *last_part(const char *path) {
    const char *last = path;
    for (const char *at = path; *at != '\0'; at++) {
        if (*at == '/' && at[1] != '\0') last = at + 1;
    }
    return last;
}

void process_start(const char *name) {
    begin();
    os_unix_begin(last_part(name), PAGE_OF_SERVER);
}

uint64_t process_fork(uint64_t child, uint64_t space) {
    enum unix_error error = os_unix_fork(child, space);
    made = child;
    return error == UNIX_OK ? STATUS_OK : error == UNIX_OUT_OF_MEMORY ? STATUS_NO_MEMORY : STATUS_FULL;
}

void process_before_fork(void) {
    own = os_start->process;
    made = 0;
}

void process_not_forked(void) {
    if (made != 0) os_unix_forget(made);
}

void process_forked(void) {
    os_unix_forked();
    must_take = 0;
    linux_parent = own;
    begin();
}

void process_exec(const char *path) {
    struct message answer;
    const char *name = last_part(path);
    uint64_t length = string_length(name);
    if (length >= UNIX_NAME) length = UNIX_NAME - 1;
    memcpy(os_self()->message, name, length);
    os_unix_ask(UNIX_CALL_name, length, UNIX_EXEC, 0, 0, 0, &answer);
}

void process_tell_end(int status) {
    int signal = status >> 8;
    os_unix_tell(UNIX_CALL_exit, signal != 0 ? UNIX_STATUS_SIGNAL(signal) : UNIX_STATUS_EXIT(status),
                 usage_of_process(), 0);
}

// ---- what comes from others ----

static void heard(const struct os_unix_signal *signal) {
    struct linux_cause cause = {.code = signal->code, .process = signal->process, .user = signal->user};
    struct linux_thread *thread = signal->thread != 0 ? linux_thread_find(signal->thread) : NULL;
    if (signal->thread != 0 && thread == NULL) return;
    cause.value = signal->value;
    if (signal->signal == SIGNAL_CHLD && signal->code > 0) {
        cause.value = 0;
        cause.status = signal->status;
        cause.field[2] = signal->user_time;
        cause.field[3] = signal->system_time;
    }
    linux_signal_send(thread, signal->signal, &cause);
}

void process_must_take(void) {
    __atomic_store_n(&must_take, 1, __ATOMIC_RELEASE);
    __atomic_fetch_or(&linux_self()->attention, ATTENTION_SIGNAL, __ATOMIC_RELAXED);
}

static void take(void) {
    static struct os_unix_signal signals[UNIX_TAKE_MOST];
    struct message answer;
    os_mutex_lock(&taking);
    do {
        uint64_t count = 0;
        if (os_unix_ask(UNIX_CALL_take, 0, 0, 0, 0, 0, &answer) != UNIX_OK) break;
        if (answer.word[1] <= UNIX_TAKE_MOST) count = answer.word[1];
        linux_parent = answer.word[2] != 0 ? (uint32_t)answer.word[2] : FIRST_OF_ALL;
        memcpy(signals, os_self()->message, count * sizeof signals[0]);
        for (uint64_t i = 0; i < count; i++) heard(&signals[i]);
    } while (TAG_LABEL(answer.tag) == UNIX_TAKE);
    os_mutex_unlock(&taking);
}

void process_take(void) {
    if (__atomic_load_n(&must_take, __ATOMIC_ACQUIRE) == 0) return;
    __atomic_store_n(&must_take, 0, __ATOMIC_RELAXED);
    take();
}

void process_keep_house(void) {
    os_unix_attend(port, 1);
    for (;;) {
        take(); // also what came before
        os_recv(port, 0);
    }
}

// ---- stopping ----

bool process_stopped(int signal) {
    if (os_unix_tell(UNIX_CALL_stopped, (uint64_t)signal, 0, 0) == UNIX_DENIED) return false;
    if (!linux_signal_is_stopped()) process_continued(); // somebody was faster
    return true;
}

void process_continued(void) { os_unix_tell(UNIX_CALL_stopped, 0, 0, 0); }

// ---- what it hears of children ----

static void tell_of_children(void) {
    bool ignored = child_handler == HANDLER_IGNORE;
    uint64_t flags = ignored || (child_action_flags & ACTION_NO_WAIT) != 0 ? UNIX_UNWAITED : 0;
    if ((child_action_flags & NO_STOPS) != 0) flags |= UNIX_NO_STOPS;
    if ((ignored || child_handler == HANDLER_DEFAULT) && !child_blocked) flags |= UNIX_CHILD_QUIET;
    if (flags == child_flags) return;
    child_flags = flags;
    os_unix_tell(UNIX_CALL_children, flags, 0, 0);
}

void process_child_action(uint64_t handler, uint64_t flags) {
    child_handler = handler;
    child_action_flags = flags;
    tell_of_children();
}

void process_child_blocked(void) {
    if (child_blocked) return;
    child_blocked = true;
    tell_of_children();
}

// ---- the calls ----

int64_t linux_sys_getppid(void) { return linux_parent; }

static int64_t send(int64_t target, int signal, uint64_t thread, uint64_t text) {
    struct message answer;
    if (signal < 0 || signal > SIGNALS) return -EINVAL;
    return server_error(server_ask(UNIX_CALL_send, text, (uint64_t)target, (uint64_t)signal, thread, &answer));
}

int64_t process_signal(int process, int thread, int signal, const struct linux_cause *cause) {
    struct os_unix_signal what = {
        .signal = signal, .code = cause->code, .process = cause->process, .user = cause->user, .value = cause->value};
    uint64_t number = process >= 0 ? (uint32_t)process : (uint32_t)thread % LINUX_NUMBERS;
    if (thread != 0 && number != (uint32_t)thread % LINUX_NUMBERS) return -ESRCH;
    memcpy(os_self()->message, &what, sizeof what);
    return send((int64_t)number, signal, (uint32_t)thread, sizeof what);
}

int64_t linux_sys_kill(int process, int signal) {
    struct linux_cause cause = {.code = CODE_USER, .process = os_start->process};
    if ((uint32_t)process != os_start->process) return process == INT32_MIN ? -ESRCH : send(process, signal, 0, 0);
    if (signal < 0 || signal > SIGNALS) return -EINVAL;
    int64_t answer = signal != 0 ? linux_signal_send(NULL, signal, &cause) : 0;
    return answer < 0 ? answer : 0;
}

static int64_t look(int process, struct os_unix_process *found) {
    uint64_t number = process != 0 ? (uint64_t)process : os_start->process;
    if (process < 0 || os_unix_look(number, found) != UNIX_OK || found->process != number) return -ESRCH;
    return 0;
}

static int64_t set_group(int process, int group) {
    struct message answer;
    if (group < 0) return -EINVAL;
    if (process < 0) return -ESRCH;
    return server_error(server_ask(UNIX_CALL_group, 0, (uint64_t)process, (uint64_t)group, 0, &answer));
}

void process_group(uint64_t process, uint64_t group) {
    if (vfork_is_played())
        vfork_end();
    else
        linux_registers()->x[REGISTER_A0] = (uint64_t)set_group((int)process, (int)group);
}

int64_t linux_sys_getpgid(int process) {
    struct os_unix_process found;
    int64_t error = look(process, &found);
    return error != 0 ? error : found.group;
}

int64_t linux_sys_getsid(int process) {
    struct os_unix_process found;
    int64_t error = look(process, &found);
    return error != 0 ? error : found.session;
}

void process_session(void) {
    struct message answer;
    if (vfork_is_played()) {
        vfork_end();
        return;
    }
    enum unix_error error = server_ask(UNIX_CALL_session, 0, 0, 0, 0, &answer);
    linux_registers()->x[REGISTER_A0] = (uint64_t)(error != UNIX_OK ? server_error(error) : (int64_t)answer.word[1]);
}
