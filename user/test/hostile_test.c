// SPDX-License-Identifier: MIT
// Pagers that die, lie, stall and answer twice, and clients that outlive them.
#include "pair.h"

#include <os/arena.h>
#include <os/ranges.h>

enum {
    TAKEN = 1,    // a pager's notification: it has taken a fault
    MARK = 10031, // in a page; a load that is skipped leaves smaller numbers in its register
};

static OS_SHARED volatile uint64_t reads, errors[2], last_error, rounds, statuses[8], victim;

static void note(struct upcall_registers *interrupted, struct os_fault *fault) {
    last_error = FAULT_ERROR(TAG_LABEL(fault->message.tag));
    errors[0]++;
    suite_skip(interrupted);
}

static void read_once(uint64_t argument) {
    (void)argument;
    os_handler_set(note);
    load(LAZY(0));
    load(LAZY(1));
    reads++;
}

static void begin(void) { reads = errors[0] = last_error = rounds = 0; }

static void take_and_wait(uint64_t argument) {
    (void)argument;
    uint64_t port = pair_pager_port();
    os_recv(port, 0);
    os_notify(OS_CHILD_PORT, TAKEN);
    os_recv(os_port_create().value, 0);
}

TEST(a_pager_that_dies_before_it_answers_leaves_a_typed_error) {
    begin();
    struct pair pair = pair_start(take_and_wait, read_once, 0, 0);
    EXPECT_EQUAL(client_message(&pair.pager).word[0], TAKEN);
    pair_kill_pager(&pair);
    struct message last;
    EXPECT(os_child_wait(&pair.client, &last));
    EXPECT_EQUAL(errors[0], 2);
    EXPECT_EQUAL(last_error, FAULT_DEAD);
    pair_end(&pair);
}

static void never_receive(uint64_t argument) {
    (void)argument;
    pair_pager_port();
    os_recv(os_port_create().value, 0);
}

TEST(a_pager_that_dies_before_it_receives_leaves_a_typed_error) {
    begin();
    struct pair pair = pair_start(never_receive, read_once, 0, 0);
    suite_sleep(5000);
    pair_kill_pager(&pair);
    struct message last;
    EXPECT(os_child_wait(&pair.client, &last));
    EXPECT_EQUAL(errors[0], 2);
    EXPECT_EQUAL(last_error, FAULT_DEAD);
    pair_end(&pair);
}

static void answer_all(uint64_t argument) {
    (void)argument;
    uint64_t port = pair_pager_port(), page = os_pages_take(1);
    store(page, MARK);
    struct message fault = os_recv(port, 0);
    for (;;) {
        rounds++;
        fault = os_reply_recv(fault.token, VERDICT_MAP, page, page_of(fault.word[1]), 1, RIGHT_READ, 0, port);
    }
}

static void read_all(uint64_t argument) {
    (void)argument;
    os_handler_set(note);
    for (unsigned page = 0; page < LAZY_PAGES; page++) reads += load(LAZY(page)) == MARK;
}

TEST(a_pager_that_dies_while_it_answers_hangs_nobody) {
    for (unsigned i = 0; i < 8; i++) {
        begin();
        struct pair pair = pair_start(answer_all, read_all, 0, 0);
        while (i > 0 && rounds < 4 * i) suite_sleep(50);
        pair_kill_pager(&pair);
        struct message last;
        EXPECT(os_child_wait(&pair.client, &last));
        EXPECT_EQUAL(reads + errors[0], LAZY_PAGES);
        pair_end(&pair);
    }
}

static void read_and_wait(uint64_t argument) {
    (void)argument;
    os_handler_set(note);
    EXPECT_EQUAL(load(LAZY(0)), MARK);
    os_call(OS_CHILD_PORT, MESSAGE_CALL, 0, 0, 0, 0, 0);
    reads = load(LAZY(0)); // still there: the frame is paid for until its last use is gone
    load(LAZY(1));
}

TEST(a_pager_that_dies_after_it_answered_leaves_the_page) {
    begin();
    struct pair pair = pair_start(answer_all, read_and_wait, 0, 0);
    struct message call = client_message(&pair.client);
    pair_kill_pager(&pair);
    os_reply(call.token, VERDICT_REPLY, 0, 0, 0, 0, 0);
    struct message last;
    EXPECT(os_child_wait(&pair.client, &last));
    EXPECT_EQUAL(reads, MARK);
    EXPECT_EQUAL(errors[0], 1);
    EXPECT_EQUAL(last_error, FAULT_DEAD);
    pair_end(&pair);
}

static void map_the_wrong_page(uint64_t argument) {
    (void)argument;
    uint64_t port = pair_pager_port(), page = os_pages_take(1);
    struct message fault = os_recv(port, 0);
    for (;;) {
        rounds++;
        os_map2(page, fault.word[0], LAZY(40), 1, RIGHT_READ);
        fault = os_reply_recv(fault.token, VERDICT_RETRY, 0, 0, 0, 0, 0, port);
    }
}

TEST(a_pager_that_maps_the_wrong_page_and_says_retry_for_ever_harms_only_its_client) {
    begin();
    struct pair pair = pair_start(map_the_wrong_page, read_once, 0, 0);
    while (rounds < 1000) suite_sleep(1000);
    EXPECT_EQUAL(reads, 0);
    os_child_end(&pair.client);
    pair_end(&pair);
}

TEST(a_pager_that_never_answers_is_late) {
    begin();
    struct pair pair = pair_start(take_and_wait, read_once, 0, 2000);
    struct message last;
    EXPECT(os_child_wait(&pair.client, &last));
    EXPECT_EQUAL(errors[0], 2);
    EXPECT_EQUAL(last_error, FAULT_LATE);
    pair_end(&pair);
}

static void answer_late(uint64_t argument) {
    (void)argument;
    uint64_t port = pair_pager_port(), page = os_pages_take(1);
    struct message fault = os_recv(port, 0);
    suite_sleep(10000);
    statuses[0] = os_reply(fault.token, VERDICT_MAP, page, page_of(fault.word[1]), 1, RIGHT_READ, 0).status;
    os_notify(OS_CHILD_PORT, TAKEN);
    os_recv(os_port_create().value, 0);
}

TEST(a_late_answer_is_stale) {
    begin();
    struct pair pair = pair_start(answer_late, read_once, 0, 2000);
    struct message last;
    EXPECT(os_child_wait(&pair.client, &last));
    EXPECT_EQUAL(client_message(&pair.pager).word[0], TAKEN);
    EXPECT_EQUAL(statuses[0], STATUS_GONE);
    pair_end(&pair);
}

TEST(a_fallback_pager_answers_when_the_first_is_late) {
    begin();
    struct os_child child = suite_child_made(read_once, 0, CHILD_QUOTA, 1);
    uint64_t page = os_pages_take(1), fallback = os_port_create().value;
    EXPECT_STATUS(OK, os_region(child.space, LAZY_START, LAZY_PAGES, child.port, LAZY_COOKIE, 0,
                                RIGHT_READ | 2000ul << REGION_DEADLINE_SHIFT, fallback));
    os_child_start(&child);
    struct message fault = client_fault(&child);
    struct message again = os_recv(fallback, 0);
    EXPECT_EQUAL(again.word[1], LAZY(0));
    EXPECT_EQUAL(verdict_map(&fault, page, LAZY(0), 1, RIGHT_READ), STATUS_GONE);
    EXPECT_EQUAL(verdict_map(&again, page, LAZY(0), 2, RIGHT_READ) == STATUS_OK, 0);
    EXPECT_EQUAL(verdict_map(&again, page, LAZY(0), 1, RIGHT_READ), STATUS_OK);
    fault = client_fault(&child);
    EXPECT_EQUAL(fault.word[1], LAZY(1));
    EXPECT_EQUAL(verdict_map(&fault, page, LAZY(1), 1, RIGHT_READ), STATUS_OK);
    suite_child_finish(&child);
    EXPECT_EQUAL(errors[0], 0);
    os_end(fallback);
    os_pages_give(page, 1);
}

static void answer_twice(uint64_t argument) {
    (void)argument;
    uint64_t port = pair_pager_port(), page = os_pages_take(1);
    for (unsigned i = 0; i < 2; i++) {
        struct message fault = os_recv(port, 0);
        statuses[2 * i] = os_reply(fault.token, VERDICT_MAP, page, page_of(fault.word[1]), 1, RIGHT_READ, 0).status;
        statuses[2 * i + 1] = os_reply(fault.token, VERDICT_SKIP, 0, 0, 0, 0, 0).status;
    }
}

TEST(a_token_answered_twice_is_stale_the_second_time) {
    begin();
    struct pair pair = pair_start(answer_twice, read_once, 0, 0);
    struct message last;
    EXPECT(os_child_wait(&pair.client, &last));
    EXPECT(os_child_wait(&pair.pager, &last));
    for (unsigned i = 0; i < 4; i++) EXPECT_EQUAL(statuses[i], i % 2 == 0 ? STATUS_OK : STATUS_GONE);
    EXPECT_EQUAL(errors[0], 0);
    pair_end(&pair);
}

static void answer_with_nonsense(uint64_t argument) {
    (void)argument;
    uint64_t port = pair_pager_port(), page = os_pages_take(1), absent = os_range_take(1, 1);
    struct message fault = os_recv(port, 0);
    uint64_t token = fault.token;
    EXPECT(os_reply(token, VERDICT_MAP, absent, LAZY(0), 1, RIGHT_READ, 0).status != STATUS_OK);
    EXPECT(os_reply(token, VERDICT_MAP, page, LAZY(0), 1, 0xff, 0).status != STATUS_OK);
    EXPECT(os_reply(token, VERDICT_MAP, page, LAZY(0), UINT64_C(1) << 63, RIGHT_READ, 0).status != STATUS_OK);
    EXPECT(os_reply(token, VERDICT_MAP, page, UINT64_MAX - 4095, 1, RIGHT_READ, 0).status != STATUS_OK);
    EXPECT(os_reply(token, VERDICT_MAP, page, 0x10000, 1, RIGHT_READ, 0).status != STATUS_OK);
    EXPECT(os_reply(token, VERDICT_MAP, UINT64_MAX - 4095, LAZY(0), 1, RIGHT_READ, 0).status != STATUS_OK);
    EXPECT(os_reply(token, 99, 0, 0, 0, 0, 0).status != STATUS_OK);
    EXPECT(os_reply(token, VERDICT_FORWARD, 3000, 0, 0, 0, 0).status != STATUS_OK);
    EXPECT(os_reply(token, VERDICT_FAIL, 100000, 0, 0, 0, 0).status != STATUS_OK);
    EXPECT(os_reply(token, VERDICT_SKIP, 0, 32, 0, 0, 0).status != STATUS_OK);
    EXPECT_STATUS(OK, os_reply(token, VERDICT_MAP, page, LAZY(0), 1, RIGHT_READ, 0));
    fault = os_recv(port, 0);
    EXPECT_STATUS(OK, os_reply(fault.token, VERDICT_MAP, page, LAZY(1), 1, RIGHT_READ, 0));
}

TEST(a_verdict_that_cannot_be_is_refused_and_the_token_stays_good) {
    begin();
    struct pair pair = pair_start(answer_with_nonsense, read_once, 0, 0);
    struct message last;
    EXPECT(os_child_wait(&pair.pager, &last));
    EXPECT(os_child_wait(&pair.client, &last));
    EXPECT_EQUAL(errors[0], 0);
    pair_end(&pair);
}

// Straight from the next fault to its verdict: what is refused has told no lie to C behind it.
static void answer_with_nonsense_and_wait(uint64_t argument) {
    (void)argument;
    uint64_t port = pair_pager_port(), page = os_pages_take(1), absent = os_range_take(1, 1);
    uint64_t nowhere[] = {absent,
                          UINT64_C(1) << 38,
                          UINT64_C(0x3fffe00000),
                          UINT64_C(1) << 39 | page,
                          0xffffffc080000000,
                          0xffffffff80000000,
                          UINT64_MAX - 4095};
    struct message fault = os_recv(port, 0);
    for (unsigned i = 0; i < LAZY_PAGES; i++) {
        uint64_t va = page_of(fault.word[1]), token = fault.token,
                 from = nowhere[i % (sizeof nowhere / sizeof *nowhere)];
        fault = os_reply_recv(token, VERDICT_MAP, from, va, 1, RIGHT_READ, 0, port);
        EXPECT(fault.status != STATUS_OK);
        store(page, MARK);
        if (i == LAZY_PAGES - 1)
            os_reply(token, VERDICT_MAP, page, va, 1, RIGHT_READ, 0);
        else
            fault = os_reply_recv(token, VERDICT_MAP, page, va, 1, RIGHT_READ, 0, port);
    }
}

TEST(a_verdict_from_where_there_is_no_page_is_refused_while_the_pager_waits_for_the_next_fault) {
    begin();
    struct pair pair = pair_start(answer_with_nonsense_and_wait, read_all, 0, 0);
    struct message last;
    EXPECT(os_child_wait(&pair.pager, &last));
    EXPECT(os_child_wait(&pair.client, &last));
    EXPECT_EQUAL(errors[0], 0);
    EXPECT_EQUAL(reads, LAZY_PAGES);
    pair_end(&pair);
}

static void answer_for_others(uint64_t argument) {
    (void)argument;
    uint64_t port = pair_pager_port(), page = os_pages_take(1);
    struct message fault = os_recv(port, 0);
    uint64_t ids[] = {victim, UINT64_MAX, fault.word[0] ^ 1, fault.word[0] ^ UINT64_C(1) << 32, 12345};
    for (unsigned i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        for (uint64_t va = 0x10000; va < 0x10010000; va += 0x7ff8000) {
            EXPECT(os_map2(page, ids[i], va, 1, RIGHT_READ).status != STATUS_OK);
            EXPECT(os_unmap(ids[i], va, 1).status != STATUS_OK);
            EXPECT(os_prot(ids[i], va, 1, 0).status != STATUS_OK);
            EXPECT(os_unprot(ids[i], va, 1, RIGHT_READ).status != STATUS_OK);
            EXPECT(os_dirty(ids[i], va, 1, DIRTY_WRITTEN).status != STATUS_OK);
            EXPECT(os_query(ids[i], va, 1).status != STATUS_OK);
        }
    }
    EXPECT(os_map2(page, fault.word[0], 0x10000, 1, RIGHT_READ).status != STATUS_OK);
    EXPECT(os_unmap(fault.word[0], 0x10000, 1).status != STATUS_OK);
    os_reply(fault.token, VERDICT_MAP, page, LAZY(0), 1, RIGHT_READ, 0);
    fault = os_recv(port, 0);
    os_reply(fault.token, VERDICT_MAP, page, LAZY(1), 1, RIGHT_READ, 0);
}

TEST(a_pager_has_no_power_over_spaces_that_it_does_not_page) {
    begin();
    victim = os_space_control(HANDLE_SELF, SPACE_ID, 0, 0).value;
    struct pair pair = pair_start(answer_for_others, read_once, 0, 0);
    struct message last;
    EXPECT(os_child_wait(&pair.pager, &last));
    EXPECT(os_child_wait(&pair.client, &last));
    EXPECT_EQUAL(errors[0], 0);
    pair_end(&pair);
}
