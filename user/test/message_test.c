// SPDX-License-Identifier: MIT
// Messages: calls, answers, tokens, notifications.
#include "suite.h"

#define LABELLED(label) (MESSAGE_CALL | (uint64_t)(label) << TAG_LABEL_SHIFT)

static OS_SHARED struct message got;

static void call_once(uint64_t label) { got = os_call(OS_CHILD_PORT, LABELLED(label), 11, 22, 33, 44, 55); }

static void expect_words(const struct message *message, uint64_t first) {
    for (unsigned i = 0; i < 5; i++) EXPECT_EQUAL(message->word[i], first * (i + 1));
}

TEST(a_call_carries_five_words_there_and_back) {
    struct os_child child = suite_child(call_once, 7);
    struct message call = os_recv(child.port, 0);
    EXPECT_STATUS(OK, call);
    EXPECT_EQUAL(TAG_KIND(call.tag), MESSAGE_CALL);
    EXPECT_EQUAL(TAG_LABEL(call.tag), 7);
    EXPECT_EQUAL(call.badge, OS_BADGE_CALL);
    EXPECT(call.token != 0);
    expect_words(&call, 11);
    EXPECT_STATUS(OK, os_reply(call.token, LABELLED(8), 3, 6, 9, 12, 15));
    suite_child_finish(&child);
    EXPECT_STATUS(OK, got);
    EXPECT_EQUAL(TAG_KIND(got.tag), VERDICT_REPLY);
    EXPECT_EQUAL(TAG_LABEL(got.tag), 8);
    expect_words(&got, 3);
}

TEST(a_token_is_good_once) {
    struct os_child child = suite_child(call_once, 0);
    struct message call = os_recv(child.port, 0);
    EXPECT_STATUS(OK, os_reply(call.token, VERDICT_REPLY, 0, 0, 0, 0, 0));
    EXPECT_STATUS(GONE, os_reply(call.token, VERDICT_REPLY, 0, 0, 0, 0, 0));
    suite_child_finish(&child);
    EXPECT_STATUS(GONE, os_reply(call.token, VERDICT_REPLY, 0, 0, 0, 0, 0));
}

static uint32_t shared_port;
static volatile uint64_t answers[4];

static void call_shared_port(uint64_t which) {
    struct message message = os_call(shared_port, LABELLED(which), which, 0, 0, 0, 0);
    answers[which] = message.status == STATUS_OK ? message.word[0] : 1000 + message.status;
}

TEST(answers_go_in_any_order) {
    struct os_thread *threads[4];
    struct message calls[4];
    shared_port = (uint32_t)os_port_create().value;
    for (unsigned i = 0; i < 4; i++) threads[i] = os_thread_run(call_shared_port, i, OS_PRIORITY);
    for (unsigned i = 0; i < 4; i++) calls[i] = os_recv(shared_port, 0);
    for (unsigned i = 4; i-- > 0;)
        EXPECT_STATUS(OK, os_reply(calls[i].token, VERDICT_REPLY, 100 + calls[i].word[0], 0, 0, 0, 0));
    for (unsigned i = 0; i < 4; i++) {
        os_thread_join(threads[i]);
        EXPECT_EQUAL(answers[i], 100 + i);
    }
    os_end(shared_port);
}

static void serve_shared_port(uint64_t rounds) {
    struct message message = os_recv(shared_port, 0);
    while (--rounds > 0)
        message = os_reply_recv(message.token, VERDICT_REPLY, message.word[0] + 1, 0, 0, 0, 0, shared_port);
    os_reply(message.token, VERDICT_REPLY, message.word[0] + 1, 0, 0, 0, 0);
}

TEST(reply_recv_answers_one_and_waits_for_the_next) {
    shared_port = (uint32_t)os_port_create().value;
    struct os_thread *server = os_thread_run(serve_shared_port, 100, OS_PRIORITY);
    for (uint64_t i = 0; i < 100; i++) {
        struct message message = os_call(shared_port, MESSAGE_CALL, i, 0, 0, 0, 0);
        EXPECT_STATUS(OK, message);
        EXPECT_EQUAL(message.word[0], i + 1);
    }
    os_thread_join(server);
    os_end(shared_port);
}

TEST(a_hundred_callers_at_one_port_are_all_answered) {
    enum { CALLERS = 100 };
    static struct os_thread *threads[CALLERS];
    shared_port = (uint32_t)os_port_create().value;
    for (unsigned i = 0; i < CALLERS; i++) threads[i] = os_thread_run(call_shared_port, i % 4, OS_PRIORITY);
    suite_sleep(2000);
    for (unsigned i = 0; i < CALLERS; i++) {
        struct message call = os_recv(shared_port, 0);
        EXPECT_STATUS(OK, os_reply(call.token, VERDICT_REPLY, call.word[0], 0, 0, 0, 0));
    }
    for (unsigned i = 0; i < CALLERS; i++) os_thread_join(threads[i]);
    EXPECT_STATUS(EMPTY, os_recv(shared_port, RECV_POLL));
    os_end(shared_port);
}

TEST(a_poll_of_an_empty_port_returns_at_once) {
    uint64_t port = os_port_create().value;
    EXPECT_STATUS(EMPTY, os_recv(port, RECV_POLL));
    os_notify(port, 1);
    EXPECT_STATUS(OK, os_recv(port, RECV_POLL));
    EXPECT_STATUS(EMPTY, os_recv(port, RECV_POLL));
    os_end(port);
}

TEST(notifications_are_collected_until_someone_receives) {
    uint64_t port = os_port_create().value;
    EXPECT_STATUS(OK, os_notify(port, 1));
    EXPECT_STATUS(OK, os_notify(port, 4));
    EXPECT_STATUS(OK, os_notify(port, UINT64_C(1) << 63));
    struct message message = os_recv(port, 0);
    EXPECT_STATUS(OK, message);
    EXPECT_EQUAL(TAG_KIND(message.tag), MESSAGE_NOTIFY);
    EXPECT_EQUAL(message.word[0], UINT64_C(1) << 63 | 5);
    EXPECT_EQUAL(message.token, 0);
    os_end(port);
}

static volatile uint64_t received[3];

static void receive_one(uint64_t which) {
    struct message message = os_recv(shared_port, 0);
    received[which] = message.word[0];
    if (message.token != 0) os_reply(message.token, VERDICT_REPLY, 0, 0, 0, 0, 0);
}

TEST(several_receivers_share_a_port) {
    struct os_thread *threads[3];
    shared_port = (uint32_t)os_port_create().value;
    for (unsigned i = 0; i < 3; i++) {
        received[i] = 0;
        threads[i] = os_thread_run(receive_one, i, OS_PRIORITY);
    }
    for (uint64_t i = 1; i <= 3; i++) EXPECT_STATUS(OK, os_call(shared_port, MESSAGE_CALL, i, 0, 0, 0, 0));
    for (unsigned i = 0; i < 3; i++) os_thread_join(threads[i]);
    EXPECT_EQUAL(received[0] + received[1] + received[2], 6);
    EXPECT_EQUAL(received[0] * received[1] * received[2], 6);
    os_end(shared_port);
}

TEST(a_call_to_a_dead_port_finds_it_gone) {
    uint64_t port = os_port_create().value;
    uint64_t copy = os_mint(port, HANDLE_SEND | HANDLE_NOTIFY, 0).value;
    os_finish(port);
    EXPECT_STATUS(GONE, os_call(copy, MESSAGE_CALL, 0, 0, 0, 0, 0));
    EXPECT_STATUS(GONE, os_notify(copy, 1));
    os_close(copy);
    os_close(port);
}

static volatile uint64_t taken_after_the_end;

static void receive_after_the_end(uint64_t argument) {
    (void)argument;
    if (os_recv(shared_port, 0).status == STATUS_OK) taken_after_the_end++;
}

TEST(a_port_that_ends_takes_no_message_however_many_wait_there) {
    enum { RECEIVERS = 80 };
    static struct os_thread *threads[RECEIVERS];
    shared_port = (uint32_t)os_port_create().value;
    for (unsigned i = 0; i < RECEIVERS; i++) threads[i] = os_thread_run(receive_after_the_end, 0, OS_PRIORITY);
    suite_sleep(5000);
    os_destroy(shared_port);
    EXPECT_STATUS(GONE, os_call(shared_port, MESSAGE_CALL, 0, 0, 0, 0, 0));
    os_finish(shared_port);
    for (unsigned i = 0; i < RECEIVERS; i++) os_thread_join(threads[i]);
    EXPECT_EQUAL(taken_after_the_end, 0);
    os_close(shared_port);
}

TEST(who_waits_at_a_port_hears_of_its_end) {
    shared_port = (uint32_t)os_port_create().value;
    struct os_thread *threads[2] = {os_thread_run(call_shared_port, 0, OS_PRIORITY),
                                    os_thread_run(call_shared_port, 1, OS_PRIORITY)};
    struct message taken = os_recv(shared_port, 0);
    EXPECT_STATUS(OK, taken);
    suite_sleep(2000);
    os_finish(shared_port);
    os_thread_join(threads[0]);
    os_thread_join(threads[1]);
    EXPECT_EQUAL(answers[0], 1000 + STATUS_GONE);
    EXPECT_EQUAL(answers[1], 1000 + STATUS_GONE);
    EXPECT_STATUS(GONE, os_reply(taken.token, VERDICT_REPLY, 0, 0, 0, 0, 0));
    os_close(shared_port);
}

static volatile uint64_t receive_status;

static void receive_until_the_end(uint64_t argument) {
    (void)argument;
    receive_status = os_recv(shared_port, 0).status;
}

TEST(a_receiver_hears_of_the_end_of_its_port) {
    shared_port = (uint32_t)os_port_create().value;
    struct os_thread *thread = os_thread_run(receive_until_the_end, 0, OS_PRIORITY);
    suite_sleep(2000);
    os_finish(shared_port);
    os_thread_join(thread);
    EXPECT_EQUAL(receive_status, STATUS_GONE);
    os_close(shared_port);
}

TEST(a_timer_notifies) {
    uint64_t port = os_port_create().value;
    EXPECT_STATUS(OK, os_timer(port, 8, os_after(1000)));
    struct message message = os_recv(port, 0);
    EXPECT_EQUAL(TAG_KIND(message.tag), MESSAGE_NOTIFY);
    EXPECT_EQUAL(message.word[0], 8);
    os_end(port);
}

TEST(a_port_that_ends_takes_its_timer_along) {
    uint64_t port = os_port_create().value;
    EXPECT_STATUS(OK, os_timer(port, 8, os_after(2000)));
    os_end(port);
    suite_sleep(5000);
}

TEST(preserved_registers_survive_every_way_through_the_kernel) {
    uint64_t differs;
    uint64_t port = os_port_create().value;
    __asm__ volatile("mv s2, sp; not s3, sp; li s4, 4; li s5, 5; li s6, 6; li s7, 7; li s8, 8; li s9, 9; li s10, 10;"
                     "li s11, 11; mv a0, %1; li a1, 1; li a7, %2; ecall; mv a0, %1; li a1, 0; li a7, %3; ecall;"
                     "xor %0, s2, sp; not s3, s3; xor t0, s3, sp; or %0, %0, t0; addi s4, s4, -4; or %0, %0, s4;"
                     "addi s5, s5, -5; or %0, %0, s5; addi s6, s6, -6; or %0, %0, s6; addi s7, s7, -7; or %0, %0, s7;"
                     "addi s8, s8, -8; or %0, %0, s8; addi s9, s9, -9; or %0, %0, s9; addi s10, s10, -10;"
                     "or %0, %0, s10; addi s11, s11, -11; or %0, %0, s11"
                     : "=&r"(differs)
                     : "r"(port), "i"(-1 - CALL_notify), "i"(-1 - CALL_recv)
                     : "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "a0", "a1", "a2", "a3", "a4", "a5",
                       "a6", "a7", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "memory");
    EXPECT_EQUAL(differs, 0);
    os_end(port);
}
