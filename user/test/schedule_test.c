// SPDX-License-Identifier: MIT
// Who runs: priorities, round robin, donation; stopping, starting, registers.
#include "client.h"

enum { SPINNERS = 8, LOW = 4, MIDDLE = 6 };

static volatile uint64_t turns[2 * SPINNERS];

static void spin(uint64_t which) {
    for (;;) turns[which]++;
}

static uint64_t turns_of(unsigned first, unsigned count) {
    uint64_t sum = 0;
    for (unsigned i = first; i < first + count; i++) sum += turns[i];
    return sum;
}

TEST(threads_of_one_priority_take_turns) {
    struct os_thread *threads[SPINNERS];
    for (unsigned i = 0; i < SPINNERS; i++) {
        turns[i] = 0;
        threads[i] = os_thread_run(spin, i, MIDDLE);
    }
    for (unsigned i = 0; i < SPINNERS; i++) {
        while (turns[i] == 0) suite_sleep(1000);
    }
    for (unsigned i = 0; i < SPINNERS; i++) os_thread_kill(threads[i]);
}

TEST(a_lower_priority_waits_while_a_higher_one_runs_on_every_hart) {
    struct os_thread *threads[2 * SPINNERS];
    for (unsigned i = 0; i < SPINNERS; i++) threads[i] = os_thread_run(spin, i, MIDDLE);
    suite_sleep(20000);
    for (unsigned i = SPINNERS; i < 2 * SPINNERS; i++) {
        turns[i] = 0;
        threads[i] = os_thread_run(spin, i, LOW);
    }
    suite_sleep(50000);
    EXPECT_EQUAL(turns_of(SPINNERS, SPINNERS), 0);
    for (unsigned i = 0; i < SPINNERS; i++) os_thread_kill(threads[i]);
    suite_sleep(50000);
    EXPECT(turns_of(SPINNERS, SPINNERS) > 0);
    for (unsigned i = SPINNERS; i < 2 * SPINNERS; i++) os_thread_kill(threads[i]);
}

TEST(a_changed_priority_counts_at_once) {
    struct os_thread *threads[SPINNERS + 1];
    for (unsigned i = 0; i < SPINNERS; i++) threads[i] = os_thread_run(spin, i, MIDDLE);
    suite_sleep(20000);
    turns[SPINNERS] = 0;
    threads[SPINNERS] = os_thread_run(spin, SPINNERS, LOW);
    suite_sleep(20000);
    EXPECT_EQUAL(turns[SPINNERS], 0);
    EXPECT_STATUS(OK, os_thread_control(threads[SPINNERS]->handle, THREAD_PRIORITY, MIDDLE + 1));
    suite_sleep(20000);
    EXPECT(turns[SPINNERS] > 0);
    EXPECT(os_thread_control(threads[SPINNERS]->handle, THREAD_PRIORITY, 32).status != STATUS_OK);
    for (unsigned i = 0; i <= SPINNERS; i++) os_thread_kill(threads[i]);
}

static uint32_t port;

static void answer_one(uint64_t argument) {
    (void)argument;
    struct message call = os_recv(port, 0);
    for (volatile unsigned i = 0; i < 1000; i++)
        ;
    os_reply(call.token, VERDICT_REPLY, 0, 0, 0, 0, 0);
}

TEST(a_server_of_low_priority_runs_at_that_of_its_caller) {
    struct os_thread *threads[SPINNERS], *server;
    port = (uint32_t)os_port_create().value;
    server = os_thread_run(answer_one, 0, LOW);
    suite_sleep(20000);
    for (unsigned i = 0; i < SPINNERS; i++) threads[i] = os_thread_run(spin, i, MIDDLE);
    suite_sleep(20000);
    EXPECT_STATUS(OK, os_call(port, MESSAGE_CALL, 0, 0, 0, 0, 0)); // would never come back otherwise
    for (unsigned i = 0; i < SPINNERS; i++) os_thread_kill(threads[i]);
    os_thread_join(server);
    os_end(port);
}

TEST(a_stopped_thread_stays_stopped_until_it_is_started) {
    turns[0] = 0;
    struct os_thread *thread = os_thread_make(spin, 0, MIDDLE);
    suite_sleep(5000);
    EXPECT_EQUAL(turns[0], 0);
    os_thread_start(thread);
    while (turns[0] == 0) suite_sleep(1000);
    EXPECT_EQUAL(os_stop(thread->handle), STATUS_OK);
    uint64_t before = turns[0];
    suite_sleep(20000);
    EXPECT_EQUAL(turns[0], before);
    os_thread_start(thread);
    while (turns[0] == before) suite_sleep(1000);
    os_thread_kill(thread);
}

TEST(registers_of_a_stopped_thread_can_be_read_and_changed) {
    turns[0] = turns[1] = 0;
    struct os_thread *thread = os_thread_run(spin, 0, MIDDLE);
    while (turns[0] == 0) suite_sleep(1000);
    EXPECT_EQUAL(os_stop(thread->handle), STATUS_OK);
    EXPECT_STATUS(OK, os_thread_control(thread->handle, THREAD_GET_REGISTERS, 0));
    struct upcall_registers *registers = os_self()->message;
    uint64_t pc = registers->pc - (uint64_t)spin;
    EXPECT(pc < 100);
    EXPECT_EQUAL(registers->x[3], (uint64_t)thread);
    registers->pc = (uint64_t)spin;
    registers->x[REGISTER_A0] = 1;
    EXPECT_STATUS(OK, os_thread_control(thread->handle, THREAD_SET_REGISTERS, 0));
    os_thread_start(thread);
    while (turns[1] == 0) suite_sleep(1000);
    os_thread_kill(thread);
}

TEST(registers_of_a_running_thread_are_its_own) {
    turns[0] = 0;
    struct os_thread *thread = os_thread_run(spin, 0, MIDDLE);
    while (turns[0] == 0) suite_sleep(1000);
    EXPECT(os_thread_control(thread->handle, THREAD_GET_REGISTERS, 0).status != STATUS_OK);
    EXPECT(os_thread_control(thread->handle, THREAD_SET_REGISTERS, 0).status != STATUS_OK);
    os_thread_kill(thread);
}

// ---- floating point ----

// fmv.d.x and fmv.x.d by their numbers, for programs here are compiled without floating point; x0 stands for f0.
#define TO_FLOAT(number, value)   __asm__ volatile(".insn r 0x53, 0, 0x79, x" #number ", %0, x0" : : "r"(value))
#define FROM_FLOAT(value, number) __asm__ volatile(".insn r 0x53, 0, 0x71, %0, x" #number ", x0" : "=r"(value))

static volatile uint64_t wrong, rounds[4];
static volatile bool enough;

// Keeps a value of its own in registers, through every preemption and system call.
static void hold_float(uint64_t which) {
    uint64_t mine = 0x4000000000000000 + which, got, other;
    while (!enough) {
        TO_FLOAT(0, mine);
        TO_FLOAT(27, mine);
        for (volatile unsigned i = 0; i < 10000; i++)
            ;
        os_null();
        FROM_FLOAT(got, 0);
        FROM_FLOAT(other, 27);
        wrong += got != mine || other != mine;
        rounds[which]++;
    }
}

TEST(floating_point_registers_are_each_threads_own) {
    struct os_thread *threads[4];
    enough = false;
    wrong = 0;
    for (unsigned i = 0; i < 4; i++) {
        rounds[i] = 0;
        threads[i] = os_thread_run(hold_float, i, MIDDLE);
    }
    for (unsigned i = 0; i < 4; i++) {
        while (rounds[i] < 20) suite_sleep(1000);
    }
    enough = true;
    for (unsigned i = 0; i < 4; i++) os_thread_join(threads[i]);
    EXPECT_EQUAL(wrong, 0);
}

static volatile uint64_t found;

static void look_at_float(uint64_t argument) {
    (void)argument;
    uint64_t value;
    FROM_FLOAT(value, 0);
    found = value;
}

TEST(a_new_thread_finds_nothing_of_others_in_its_floating_point_registers) {
    uint64_t secret = 0x5ec4e7;
    TO_FLOAT(0, secret);
    struct os_thread *thread = os_thread_run(look_at_float, 0, OS_PRIORITY + 1);
    os_thread_join(thread);
    EXPECT_EQUAL(found, 0);
    uint64_t still;
    FROM_FLOAT(still, 0);
    EXPECT_EQUAL(still, secret);
}

// ---- who is woken by a call, and is more urgent, runs at once ----

// No region is there; what is wrong first is told, so that this tells whether there is a second hart.
static bool is_one_hart(void) { return os_events(HANDLE_MACHINE, 1, 0x3f00000000).status == STATUS_MISUSE; }

static uint64_t woken_port, woken_space;
static volatile bool woke, woke_at_once;

static void receive_once(uint64_t argument) {
    (void)argument;
    os_recv(woken_port, 0);
    woke = true;
}

static void close_the_port(uint64_t argument) {
    (void)argument;
    os_close(woken_port);
    woke_at_once = woke;
}

static void destroy_the_port(uint64_t argument) {
    (void)argument;
    os_destroy(woken_port);
    woke_at_once = woke;
}

static void remove_the_region(uint64_t argument) {
    (void)argument;
    os_region(woken_space, LAZY_START, LAZY_PAGES, REGION_REMOVE, 0, 0, 0, 0);
    woke_at_once = woke;
}

static void expect_at_once(void (*wake)(uint64_t argument)) {
    woke = woke_at_once = false;
    struct os_thread *receiver = os_thread_run(receive_once, 0, MIDDLE);
    suite_sleep(20000);
    struct os_thread *waker = os_thread_run(wake, 0, LOW);
    os_thread_join(receiver);
    os_thread_join(waker);
    EXPECT(woke_at_once || !is_one_hart()); // on several it may run on another, a little later
}

TEST(whose_port_is_closed_runs_at_once) {
    woken_port = os_port_create().value;
    expect_at_once(close_the_port);
}

TEST(whose_port_is_destroyed_runs_at_once) {
    woken_port = os_port_create().value;
    expect_at_once(destroy_the_port);
    os_end(woken_port);
}

TEST(who_hears_that_a_region_is_gone_runs_at_once) {
    struct os_child child = client_made(receive_once, 0);
    woken_port = child.port;
    woken_space = child.space;
    expect_at_once(remove_the_region);
    os_child_end(&child);
}
