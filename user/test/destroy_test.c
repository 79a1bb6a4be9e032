// SPDX-License-Identifier: MIT
// Ends in the midst of work, on whatever hart it happens.
#include "client.h"

#include <os/arena.h>
#include <os/ranges.h>

enum { THREADS = 3 };

static OS_SHARED volatile uint64_t turns[THREADS + 1];

static void destroy_space(uint64_t space) { os_finish(space); }

static void spin(uint64_t which) {
    for (;;) turns[which]++;
}

static void spin_in_threads(uint64_t argument) {
    (void)argument;
    for (uint64_t i = 1; i <= THREADS; i++) os_thread_run(spin, i, OS_PRIORITY);
    spin(0);
}

static void wait_for_turns(void) {
    for (unsigned i = 0; i <= THREADS; i++) {
        uint64_t before = turns[i];
        while (turns[i] == before) suite_sleep(100);
    }
}

TEST(a_space_ends_while_its_threads_run) {
    for (unsigned round = 0; round < 5; round++) {
        struct os_child child = suite_child(spin_in_threads, 0);
        wait_for_turns();
        os_child_end(&child);
        uint64_t before = turns[0] + turns[1] + turns[2] + turns[3];
        suite_sleep(2000);
        EXPECT_EQUAL(turns[0] + turns[1] + turns[2] + turns[3], before);
    }
}

static void protect_for_ever(uint64_t which) {
    uint64_t va = os_pages_take(8);
    for (;;) {
        turns[which]++;
        for (unsigned i = 0; i < 8; i++) store(va + i * OS_PAGE, i);
        os_prot(0, va, 8, RIGHT_READ);
        os_unprot(0, va, 8, BOTH_RIGHTS);
        os_unmap(0, va, 2);
        os_alloc(va, 2, BOTH_RIGHTS, 0, 0);
    }
}

static void protect_in_threads(uint64_t argument) {
    (void)argument;
    for (uint64_t i = 1; i <= THREADS; i++) os_thread_run(protect_for_ever, i, OS_PRIORITY);
    protect_for_ever(0);
}

TEST(a_space_ends_during_its_shootdowns) {
    for (unsigned round = 0; round < 4; round++) {
        struct os_child child = suite_child(protect_in_threads, 0);
        wait_for_turns();
        os_child_end(&child);
    }
}

static struct os_child paged;
static uint64_t paged_page;
static volatile bool paging;

static void prot_the_child(uint64_t argument) {
    (void)argument;
    while (paging) {
        os_map2(paged_page, paged.id, LAZY(0), 1, BOTH_RIGHTS);
        os_prot(paged.id, LAZY(0), 1, RIGHT_READ);
        os_unmap(paged.id, LAZY(0), 1);
    }
}

static void write_for_ever(uint64_t argument) {
    (void)argument;
    for (;;) store(LAZY(0), 1);
}

static void answer_retry(uint64_t argument) {
    (void)argument;
    struct message fault = os_recv(paged.port, 0);
    while (fault.status == STATUS_OK) {
        turns[0]++;
        if (fault.token == 0)
            fault = os_recv(paged.port, 0);
        else
            fault = os_reply_recv(fault.token, VERDICT_RETRY, 0, 0, 0, 0, 0, paged.port);
    }
}

TEST(a_space_ends_while_its_pager_changes_its_pages) {
    paged_page = os_pages_take(1);
    for (unsigned round = 0; round < 5; round++) {
        turns[0] = 0;
        paged = client_start(write_for_ever, 0);
        paging = true;
        struct os_thread *changer = os_thread_run(prot_the_child, 0, OS_PRIORITY);
        struct os_thread *answerer = os_thread_run(answer_retry, 0, OS_PRIORITY);
        for (unsigned wait = 0; turns[0] < 10 && wait < 100; wait++) suite_sleep(500);
        destroy_space(paged.space);
        paging = false;
        os_thread_join(changer);
        os_finish(paged.port);
        os_thread_join(answerer);
        os_child_end(&paged);
    }
    os_pages_give(paged_page, 1);
}

TEST(a_thread_ends_while_it_runs) {
    for (unsigned round = 0; round < 5; round++) {
        uint64_t before = turns[1];
        struct os_thread *thread = os_thread_run(spin, 1, OS_PRIORITY - 1);
        while (turns[1] == before) suite_sleep(100);
        os_thread_kill(thread);
        before = turns[1];
        suite_sleep(1000);
        EXPECT_EQUAL(turns[1], before);
    }
}

static void fault_for_ever(uint64_t argument) {
    (void)argument;
    for (;;) load(LAZY(0));
}

TEST(a_space_ends_while_it_waits_for_its_pager) {
    struct os_child child = client_start(fault_for_ever, 0);
    struct message fault = client_fault(&child);
    destroy_space(child.space);
    EXPECT_EQUAL(verdict_of(&fault, VERDICT_RETRY, 0, 0, 0, 0), STATUS_GONE);
    os_child_end(&child);
}

static void end_oneself(uint64_t argument) {
    (void)argument;
    os_destroy(HANDLE_SELF);
    for (;;) turns[0]++;
}

TEST(a_thread_can_end_itself) {
    struct os_child child = suite_child(end_oneself, 0);
    struct message ended = client_message(&child);
    EXPECT_EQUAL(TAG_KIND(ended.tag), MESSAGE_NOTIFY);
    EXPECT_EQUAL(ended.word[0] & OS_CHILD_ENDED, OS_CHILD_ENDED);
    uint64_t before = turns[0];
    suite_sleep(1000);
    EXPECT_EQUAL(turns[0], before);
    os_child_end(&child);
}

static void make_a_child(uint64_t argument) {
    (void)argument;
    struct os_child inner = suite_child_made(spin, 0, 100, 2);
    os_child_start(&inner);
    os_notify(OS_CHILD_PORT, 1);
    spin(1);
}

TEST(a_space_that_made_spaces_gives_everything_back) {
    struct os_child child = suite_child_made(make_a_child, 0, 400, 1);
    os_child_start(&child);
    EXPECT_EQUAL(client_message(&child).word[0], 1);
    os_child_end(&child);
}

static void stop_oneself(uint64_t argument) {
    (void)argument;
    os_thread_control(OS_CHILD_THREAD, THREAD_STOP, 0);
}

TEST(a_keeper_hears_when_a_thread_stops) {
    struct os_child child = suite_child(stop_oneself, 0);
    struct message ended = client_message(&child);
    EXPECT_EQUAL(TAG_KIND(ended.tag), MESSAGE_NOTIFY);
    EXPECT_EQUAL(ended.word[0], OS_CHILD_ENDED);
    os_child_end(&child);
}

TEST(a_space_that_is_ending_takes_no_more) {
    enum { LARGE = 512 };
    const uint64_t there = UINT64_C(0x40000000);
    uint64_t va = os_range_take(LARGE, LARGE), port = os_port_create().value, space = os_space_create(100, 1).value;
    uint64_t id = os_space_control(space, SPACE_ID, 0, 0).value;
    EXPECT_STATUS(OK, os_alloc(va, LARGE, BOTH_RIGHTS, 0, 0));
    EXPECT_STATUS(OK, os_region(space, there, LARGE, port, 0, 0, BOTH_RIGHTS, 0));
    EXPECT_STATUS(OK, os_map2(va, id, there, LARGE, BOTH_RIGHTS));
    EXPECT_STATUS(MORE, os_destroy(space));
    EXPECT_STATUS(GONE, os_region(space, there, LARGE, REGION_SELF, 0, 0, BOTH_RIGHTS, 0));
    EXPECT_STATUS(GONE, os_region(space, there, LARGE, REGION_REMOVE, 0, 0, 0, 0));
    EXPECT_STATUS(GONE, os_thread_create(space, 0, 0, 0, 1));
    os_finish(space);
    os_close(space);
    os_finish(port);
    os_close(port);
    os_pages_give(va, LARGE);
}

enum { CROWD = 80 }; // more than two steps of a destruction tell

static uint32_t crowded_port;
static uint64_t called, gone;

static void call_the_port(uint64_t argument) {
    (void)argument;
    __atomic_fetch_add(&called, 1, __ATOMIC_RELAXED);
    if (os_call(crowded_port, MESSAGE_CALL, 0, 0, 0, 0, 0).status == STATUS_GONE)
        __atomic_fetch_add(&gone, 1, __ATOMIC_RELAXED);
}

TEST(a_port_that_is_destroyed_in_part_and_then_forgotten_tells_all_who_wait) {
    static struct os_thread *threads[CROWD];
    crowded_port = (uint32_t)os_port_create().value;
    called = gone = 0;
    for (unsigned i = 0; i < CROWD; i++) threads[i] = os_thread_run(call_the_port, 0, OS_PRIORITY);
    while (__atomic_load_n(&called, __ATOMIC_RELAXED) < CROWD) suite_sleep(1000);
    suite_sleep(20000);
    EXPECT_STATUS(MORE, os_destroy(crowded_port));
    EXPECT_STATUS(OK, os_close(crowded_port));
    for (unsigned i = 0; i < CROWD; i++) os_thread_join(threads[i]);
    EXPECT_EQUAL(gone, CROWD);
}
