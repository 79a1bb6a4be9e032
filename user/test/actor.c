// SPDX-License-Identifier: MIT
// Plays a part in the scenarios of init: a server by its name, or what the first word says.
#include <os/begin.h>
#include <os/handles.h>
#include <os/parts.h>
#include <os/print.h>
#include <os/process.h>
#include <os/stubs.h>
#include <os/threads.h>
#include <os/time.h>

#include "string.h"

enum { ANSWER = 42, CALLS = 20000, CHILDREN = 10, KILLS = 3, SPOILT = 1500 };

#define FORGED 0x60000000ul

static uint64_t below(uint64_t *state, uint64_t limit) {
    *state = *state * 6364136223846793005ull + 1442695040888963407ull;
    return (*state >> 33) % limit;
}

static void sleep(uint64_t microseconds) {
    uint64_t port = os_port_create().value;
    os_timer(port, 1, os_after(microseconds));
    os_recv(port, 0);
    os_end(port);
}

// A server: what it is asked it answers with ANSWER, who asks, and how many wait; w0 = 1: it does not answer, w0 = 2:
// it ends.
static int serve(uint64_t port) {
    for (uint64_t waiting = 0;;) {
        struct message message = os_recv(port, 0);
        bool call = TAG_KIND(message.tag) == MESSAGE_CALL;
        if (TAG_KIND(message.tag) == MESSAGE_NOTIFY && (message.word[0] & OS_FINISH) != 0) {
            os_print("actor: %s finishes\n", os_argument(0));
            return 6;
        }
        if (call && message.word[0] == 2) return 7;
        if (call && message.word[0] == 1)
            waiting++;
        else if (call)
            os_reply(message.token, VERDICT_REPLY, ANSWER, message.badge, waiting, 0, 0);
    }
}

static int ask(const char *name, uint64_t what) {
    struct result handle = os_lookup(name);
    if (handle.status != STATUS_OK) {
        os_print("actor: no %s: %s\n", name, os_status_name(handle.status));
        return 3;
    }
    struct message answer = os_call(handle.value, MESSAGE_CALL, what, 0, 0, 0, 0);
    os_close(handle.value);
    bool mine = answer.word[1] == os_start->process;
    if (answer.status == STATUS_OK && answer.word[0] == ANSWER && mine)
        os_print("actor: %s answered\n", name);
    else
        os_print("actor: %s did not answer: %s\n", name, os_status_name(answer.status));
    return answer.status == STATUS_OK ? 0 : 4;
}

static int kill(const char *name) {
    struct result process = os_find(name);
    uint64_t status = process.status == STATUS_OK ? os_kill(process.value) : process.status;
    os_find(name); // who kills itself must be answered first: when init answers again it is done
    os_print("actor: kill %s: %s\n", name, os_status_name(status));
    return status == STATUS_OK ? 0 : 5;
}

static void await_who_waits(const char *name) {
    uint64_t server = os_lookup(name).value;
    while (os_call(server, MESSAGE_CALL, 0, 0, 0, 0, 0).word[2] == 0) sleep(1000);
    os_close(server);
}

static uint64_t heard[2];

static void wait_for(uint64_t process) { heard[process == 0 ? 0 : 1] = os_wait(process).status; }

// Two threads wait for the same child, one for any: one hears of its end, and the other that there is none.
static int wait_twice(void) {
    uint64_t child = os_spawn("actor wait").value;
    struct os_thread *one = os_thread_run(wait_for, child, OS_PRIORITY);
    struct os_thread *other = os_thread_run(wait_for, 0, OS_PRIORITY);
    sleep(20000); // if one has come no further than that, it is told the same
    os_kill(child);
    os_thread_join(one);
    os_thread_join(other);
    bool fine = heard[0] + heard[1] == STATUS_ABSENT && (heard[0] == STATUS_OK || heard[1] == STATUS_OK);
    os_print("actor: who waited heard %s and %s\n", os_status_name(heard[0]), os_status_name(heard[1]));
    return fine ? 0 : 6;
}

// A server dies while somebody waits for its answer, and is asked again.
static int outlive(const char *name) {
    char command[64] = "actor wait-for ";
    memcpy(command + 15, name, string_length(name) + 1);
    struct result waiting = os_spawn(command);
    await_who_waits(name);
    ask(name, 0);
    kill(name);
    struct os_end end = os_wait(waiting.value);
    os_print("actor: who waited ended with %lu\n", end.value);
    return ask(name, 0);
}

// The pager of its heap dies: a page that is there stays, one that is not is an error.
static int lose_pager(const char *name) {
    struct result heap = os_heap_grow(2);
    if (heap.status != STATUS_OK) return 6;
    volatile uint64_t *page = (volatile uint64_t *)heap.value;
    page[0] = ANSWER;
    if (kill(name) != 0) return 5;
    os_print("actor: the first page has %lu\n", page[0]);
    page[MESSAGE_PAGE_SIZE / sizeof *page] = ANSWER;
    os_print("actor: the second page has it too\n");
    return 6;
}

// A pager dies again and again under somebody who forks; then all is well once more.
static int bother(const char *name) {
    uint64_t state = os_now();
    os_print("actor: seed %lu\n", state);
    struct result victim = os_spawn("forktest random count=30");
    for (unsigned i = 0; i < KILLS; i++) {
        sleep(1000 + below(&state, 20000));
        kill(name);
    }
    struct os_end end = os_wait(victim.value);
    os_print("actor: forktest ended: %s\n", os_status_name(end.status));
    while (os_wait(0).status == STATUS_OK) // those whose parents died
        ;
    end = os_wait(os_spawn("forktest all count=4 pages=32").value);
    os_print("actor: another one ended with %lu\n", end.value);
    return (int)end.value;
}

static int spawn_many(void) {
    for (unsigned i = 0; i < CHILDREN; i++) {
        struct result child = os_spawn(i % 2 == 0 ? "actor exit 5" : "actor fault");
        struct os_end end = os_wait(i % 3 == 0 ? 0 : child.value);
        if (child.status != STATUS_OK || end.status != STATUS_OK || end.process != child.value ||
            end.how != (i % 2 == 0 ? OS_ENDED_EXIT : OS_ENDED_FAULT) || (i % 2 == 0 && end.value != 5)) {
            os_print("actor: child %u: %s, %s, how %lu, value %lu\n", i, os_status_name(child.status),
                     os_status_name(end.status), end.how, end.value);
            return 6;
        }
    }
    os_print("actor: %u children ended as they should; another: %s\n", CHILDREN, os_status_name(os_wait(0).status));
    return 0;
}

// Whatever init is asked, it answers with a status, and lives. What ends the asker, or waits, is left out.
static int torment(void) {
    uint64_t state = os_now(), port = os_port_create().value;
    os_print("actor: seed %lu\n", state);
    for (unsigned i = 0; i < CALLS; i++) {
        uint64_t call = below(&state, OS_INIT_CALLS + 3), flags = 0, size = below(&state, 5000), handle = 0;
        if (call == OS_INIT_exit || call == OS_INIT_kill || call == OS_INIT_spawn || call == OS_INIT_fork) continue;
        if (size <= MESSAGE_PAGE_SIZE && below(&state, 2) == 0) {
            for (unsigned at = 0; at < size; at += 1 + (unsigned)below(&state, 64))
                ((char *)os_self()->message)[at] = (char)below(&state, 256);
            flags = TAG_TEXT | size << TAG_TEXT_SHIFT;
        }
        if (below(&state, 4) == 0) {
            handle = below(&state, 2) == 0 ? port : (uint64_t)OS_SLOT_INIT;
            flags |= TAG_HANDLE;
        }
        uint64_t slot = below(&state, 4) == 0 ? OS_SLOT_SOURCE : OS_SLOT_INIT;
        os_call(slot, MESSAGE_CALL | flags | call << TAG_LABEL_SHIFT, below(&state, 40), below(&state, 3), 0, 0,
                handle != 0 ? handle : below(&state, 2));
    }
    struct message child = os_call(OS_SLOT_INIT, (uint64_t)OS_INIT_fork << TAG_LABEL_SHIFT, 0, 0, 0, 0, 0);
    struct message begun =
        os_call(OS_SLOT_INIT, TAG_HANDLE | (uint64_t)OS_INIT_begin << TAG_LABEL_SHIFT, child.word[1], 0, 0, 0, port);
    os_print("actor: a port as its child's thread: %s, %s\n", os_status_name(child.word[0]),
             os_status_name(begun.word[0]));
    struct os_process process;
    bool lives = os_look(os_start->process, &process) && process.process == os_start->process;
    os_print("actor: init %s\n", lives ? "lives" : "does not answer");
    return lives ? 0 : 6;
}

// The badge of a region's faults is its owner's to choose: here it says that they are another's, whom nobody answers.
static int forge(const char *name) {
    uint64_t cookie = os_find(name).value | UINT64_C(1) << 62;
    os_region(HANDLE_SELF, FORGED, 1, OS_SLOT_INIT, cookie, 0, RIGHT_READ, 0);
    return *(volatile int *)FORGED;
}

// Forks that come to nothing late, because the place of the child's thread is taken. They are so many that a handle
// for each of them would be seen by the frames of init's table.
static int spoil(void) {
    uint64_t port = os_port_create().value, spoilt = 0;
    for (unsigned i = 0; i < SPOILT; i++) {
        struct message child = os_call(OS_SLOT_INIT, (uint64_t)OS_INIT_fork << TAG_LABEL_SHIFT, 0, 0, 0, 0, 0);
        if (child.status != STATUS_OK || child.word[0] != STATUS_OK) break;
        os_give(child.handle, port, OS_SLOT_THREAD);
        struct message begun = os_call(OS_SLOT_INIT, TAG_HANDLE | (uint64_t)OS_INIT_begin << TAG_LABEL_SHIFT,
                                       child.word[1], 0, 0, 0, port);
        os_close(child.handle);
        if (begun.word[0] == STATUS_TAKEN) spoilt++;
    }
    os_print("actor: %lu forks were spoilt, and another is %s\n", spoilt, os_status_name(os_fork().status));
    return 0;
}

// As many children as there can be, and not one more; a server can still be started again.
static int crowd(const char *name) {
    uint64_t children = 0, status;
    while ((status = os_spawn("actor exit 0").status) == STATUS_OK) children++;
    os_print("actor: %lu children, then %s\n", children, os_status_name(status));
    kill(name);
    return ask(name, 0);
}

static uint64_t number(const char *digits) {
    uint64_t value = 0;
    for (; *digits >= '0' && *digits <= '9'; digits++) value = value * 10 + (uint64_t)(*digits - '0');
    return value;
}

int main(void) {
    const char *part = os_argument(1), *name = os_argument(2);
    uint64_t port = os_port_create().value;
    if (os_announce(port) == STATUS_OK) return serve(port);
    if (part == NULL) return 2;
    if (string_equal(part, "fault")) return *(volatile int *)number("64");
    if (string_equal(part, "misuse")) return (int)os_close(4000).status;
    if (string_equal(part, "wait")) sleep(100000000);
    if (string_equal(part, "spawn")) return spawn_many();
    if (string_equal(part, "torment")) return torment();
    if (string_equal(part, "wait-twice")) return wait_twice();
    if (string_equal(part, "spoil")) return spoil();
    if (name == NULL) return 2;
    if (string_equal(part, "exit")) return (int)number(name);
    if (string_equal(part, "ask")) return ask(name, 0);
    if (string_equal(part, "wait-for")) return ask(name, 1);
    if (string_equal(part, "end")) return ask(name, 2);
    if (string_equal(part, "kill")) return kill(name);
    if (string_equal(part, "lose")) return lose_pager(name);
    if (string_equal(part, "bother")) return bother(name);
    if (string_equal(part, "forge")) return forge(name);
    if (string_equal(part, "crowd")) return crowd(name);
    if (string_equal(part, "outlive")) return outlive(name);
    return 2;
}
