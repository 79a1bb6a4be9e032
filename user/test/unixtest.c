// SPDX-License-Identifier: MIT
// A program for tests of the server `unix`: asks for what cannot be, forges, floods, and has children that die at each
// point of what they do. After all that the server has what it had before.
#include <os/begin.h>
#include <os/handles.h>
#include <os/print.h>
#include <os/process.h>
#include <os/stubs.h>
#include <os/threads.h>
#include <os/time.h>
#include <os/unix.h>

#include "string.h"

enum {
    TABLES = 6,
    ROUNDS = 20000,
    BYTES = 3000,
    STEPS = 12,
    FORKS = 3,
    PIPES = 600,
    SIGNAL_QUEUED = 40,
    PAGE_AGAIN = 0x1000
};

static uint64_t random_state = 88172645463325252, port, listener, turn;

static uint64_t next_random(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static __attribute__((noreturn)) void fail(const char *what, uint64_t error) {
    os_print("unixtest: %s: %s\n", what, unix_error_name(error));
    os_exit(1);
}

static void expect(const char *what, enum unix_error found, enum unix_error wanted) {
    if (found != wanted) fail(what, found);
}

static enum unix_error ask(enum unix_call call, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3,
                           struct message *answer) {
    return os_unix_ask(call, 0, w0, w1, w2, w3, answer);
}

static void listen(void) {
    port = os_port_create().value;
    expect("listen", os_unix_listen(port, 1, &listener), UNIX_OK);
}

// ---- what the server has ----

static uint64_t frames_of_server(void) {
    struct result server = os_find("unix");
    struct os_process process;
    if (server.status != STATUS_OK || !os_look(server.value, &process)) fail("the server is gone", UNIX_GONE);
    return process.used;
}

// Records of others than this process.
static unsigned others(void) {
    struct os_unix_process process;
    unsigned count = 0;
    for (uint64_t number = 0; os_unix_look(number, &process) == UNIX_OK; number = process.process + 1)
        count += process.process != os_start->process ? 1 : 0;
    return count;
}

static unsigned own_streams(void) {
    struct os_unix_process process;
    expect("look", os_unix_look(os_start->process, &process), UNIX_OK);
    return process.streams;
}

// ---- children ----

static uint64_t make_known(uint64_t process, uint64_t id, uint64_t space) {
    (void)id;
    return os_unix_fork(process, space) == UNIX_OK ? STATUS_OK : STATUS_FAILED;
}

// => in the child 0
static uint64_t fork(void) {
    os_fork_first = make_known;
    os_fork_flags = OS_FORK_UNWAITED;
    struct result forked = os_fork();
    if (forked.status != STATUS_OK) fail("fork", UNIX_FULL);
    if (forked.value == 0) os_unix_forked();
    return forked.value;
}

static void wait_for(uint64_t child, uint64_t status) {
    struct message answer;
    enum unix_error error =
        ask(UNIX_CALL_wait, UNIX_NUMBER, child, UNIX_WAIT_ENDED, UNIX_TURN(listener, ++turn), &answer);
    expect("wait", error, UNIX_OK);
    if (answer.word[1] == child && answer.word[2] == status) return;
    os_print("unixtest: the child ended with %lu\n", answer.word[2]);
    os_exit(1);
}

static void park(uint64_t stream) {
    struct message answer;
    ask(UNIX_CALL_read, stream, 1, 0, UNIX_TURN(listener, ++turn), &answer);
}

// A life, of which so many steps are done.
static void live(unsigned steps) {
    struct message answer, pipe = {0};
    listener = turn = 0;
    for (unsigned step = 0; step < steps; step++) {
        switch (step) {
        case 0:
            ask(UNIX_CALL_pipe, 0, 0, 0, 0, &pipe);
            break;
        case 1:
            ask(UNIX_CALL_pair, UNIX_NONBLOCK, 0, 0, 0, &answer);
            break;
        case 2:
            for (unsigned i = 0; i < 8; i++) os_unix_ask(UNIX_CALL_write, BYTES, pipe.word[2], 0, 0, 0, &answer);
            break;
        case 3:
            listen();
            break;
        case 4:
            ask(UNIX_CALL_counter, 3, 0, 0, 0, &answer);
            ask(UNIX_CALL_ready, answer.word[1], UNIX_HUNG_UP, listener, 0, &answer);
            break;
        case 5:
            os_unix_attend(port, 2);
            break;
        case 6:
            for (unsigned i = 0; i < 20; i++) ask(UNIX_CALL_send, os_start->process, SIGNAL_QUEUED, 0, 0, &answer);
            break;
        case 7:
            ask(UNIX_CALL_pipe, 0, 0, 0, 0, &pipe);
            os_thread_start(os_thread_make(park, pipe.word[1], OS_PRIORITY));
            break;
        case 8:
            ask(UNIX_CALL_session, 0, 0, 0, 0, &answer);
            break;
        case 9:
            if (fork() == 0) os_exit(0); // it stays as one that has ended, until its parent goes
            break;
        case 10:
            ask(UNIX_CALL_stopped, 19, 0, 0, 0, &answer);
            break;
        default:
            ask(UNIX_CALL_exit, UNIX_STATUS_EXIT(steps), 0, 0, 0, &answer);
        }
    }
    os_exit(0);
}

static void die_at_each_point(void) {
    for (unsigned steps = 0; steps <= STEPS; steps++) {
        uint64_t child = fork();
        if (child == 0) live(steps);
        wait_for(child, steps == STEPS ? UNIX_STATUS_EXIT(STEPS) : UNIX_STATUS_SIGNAL(9));
    }
}

// ---- hostile ----

static uint64_t some_word(void) {
    static const uint64_t words[] = {0, 1, 2, 3, 7, 63, 64, 1023, 1024, 4096, 4097, UINT32_MAX, UINT64_MAX, INT64_MAX};
    uint64_t random = next_random();
    if (random % 8 == 0) return os_start->process;
    if (random % 8 == 1) return random >> (random >> 8 & 63);
    return words[random / 8 % (sizeof words / sizeof words[0])];
}

static void talk_nonsense(void) {
    struct message answer;
    for (unsigned i = 0; i < ROUNDS; i++) {
        enum unix_call call = (enum unix_call)(next_random() % (UNIX_CALLS + 2));
        uint64_t word[4], text = next_random() % 3 == 0 ? next_random() % 4097 : 0;
        for (unsigned j = 0; j < 4; j++) word[j] = some_word();
        if (call == UNIX_CALL_send && (word[1] == 9 || (int64_t)word[0] <= 0)) continue; // that would be its own end
        enum unix_error error = os_unix_ask(call, text, word[0], word[1], word[2], word[3], &answer);
        if (answer.status != STATUS_OK || error >= UNIX_ERRORS) fail("nonsense is not answered", error);
        if (call == UNIX_CALL_unlisten && word[0] == listener) listen();
    }
    for (uint64_t i = 0; i < UNIX_STREAMS; i++) ask(UNIX_CALL_close, i, 0, 0, 0, &answer);
    do ask(UNIX_CALL_take, 0, 0, 0, 0, &answer);
    while (answer.word[1] != 0);
    ask(UNIX_CALL_stopped, 0, 0, 0, 0, &answer);
    ask(UNIX_CALL_children, UNIX_CHILD_QUIET, 0, 0, 0, &answer);
    if (own_streams() != 0) fail("streams are left", UNIX_OK);
}

// Who has no region any more is not let off; and nobody is ended by another's word.
static void forge(void) {
    uint64_t child = fork();
    if (child == 0) {
        uint64_t server = os_lookup("unix").value;
        for (uint64_t cookie = 0; cookie < 1 << 14; cookie++) {
            if (os_region(HANDLE_SELF, OS_UNIX_PAGE + PAGE_AGAIN, 1, server, cookie, 0, RIGHT_READ, 0).status !=
                STATUS_OK)
                fail("a region", UNIX_OK);
            os_region(HANDLE_SELF, OS_UNIX_PAGE + PAGE_AGAIN, 1, REGION_REMOVE, 0, 0, 0, 0);
        }
        os_region(HANDLE_SELF, OS_UNIX_PAGE, 1, REGION_REMOVE, 0, 0, 0, 0);
        for (;;) os_recv(os_port_create().value, 0);
    }
    wait_for(child, UNIX_STATUS_SIGNAL(9));
    struct message answer;
    expect("it has no other's child", ask(UNIX_CALL_wait, UNIX_NUMBER, 1, UNIX_WAIT_ENDED, 0, &answer), UNIX_NO_CHILD);
    expect("a child of nobody", ask(UNIX_CALL_fork, 1, OS_UNIX_PAGE, 0, 0, &answer), UNIX_DENIED);
    expect("a child that lives", ask(UNIX_CALL_fork, os_start->process, OS_UNIX_PAGE, 0, 0, &answer), UNIX_DENIED);
    expect("to begin again", ask(UNIX_CALL_begin, 0, 0, 0, 0, &answer), UNIX_DENIED);
    expect("another's listener", ask(UNIX_CALL_interrupt, listener + 1, 1, 0, 0, &answer), UNIX_BAD_ARGUMENT);
}

static void flood(void) {
    struct message answer;
    ask(UNIX_CALL_take, 0, 0, 0, 0, &answer); // what told of children
    enum unix_error error = UNIX_OK;
    unsigned sent = 0, taken = 0, pipes = 0;
    for (; error == UNIX_OK && sent < 100000; sent++)
        error = ask(UNIX_CALL_send, os_start->process, SIGNAL_QUEUED, 0, 0, &answer);
    expect("so many signals", error, UNIX_NOT_NOW);
    do {
        ask(UNIX_CALL_take, 0, 0, 0, 0, &answer);
        taken += (unsigned)answer.word[1];
    } while (answer.word[1] != 0);
    if (taken != sent - 1) fail("signals are lost", UNIX_OK);
    while ((error = ask(UNIX_CALL_pipe, 0, 0, 0, 0, &answer)) == UNIX_OK) pipes++;
    expect("so many pipes", error, UNIX_TOO_MANY);
    if (own_streams() != UNIX_STREAMS) fail("streams are missing", UNIX_OK);
    for (unsigned i = 0; i < 2 * pipes; i++) ask(UNIX_CALL_close, i, 0, 0, 0, &answer);
    uint64_t own = listener, many = 0;
    while (os_unix_listen(port, 1, &listener) == UNIX_OK) many++;
    for (uint64_t i = 0, first = own; i < many; first++)
        i += ask(UNIX_CALL_unlisten, first + 1, 0, 0, 0, &answer) == UNIX_OK;
    listener = own;
    os_print("unixtest: %u pipes, %u signals, many listeners: %s\n", pipes, taken, many > 100 ? "yes" : "no");
}

int main(void) {
    expect("begin", os_unix_begin(os_argument(0), OS_UNIX_PAGE), UNIX_OK);
    listen();
    uint64_t frames = 0;
    for (unsigned i = 0; i < FORKS; i++) { // what it needs once it has after the first time, but for a few tables
        if (i == 1) frames = frames_of_server() + TABLES;
        die_at_each_point();
        flood();
        forge();
        talk_nonsense();
    }
    uint64_t deadline = os_after(5000000);
    while (os_now() < deadline && (others() != 0 || frames_of_server() > frames)) // orphans that are still on their way
        ;
    uint64_t now = frames_of_server();
    os_print("unixtest: others %u, %s\n", others(), now <= frames ? "all frames are back" : "frames are lost");
    if (now > frames) os_print("unixtest: %lu frames, before %lu\n", now, frames);
    return 0;
}
