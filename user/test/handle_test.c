// SPDX-License-Identifier: MIT
// Handles: minting, giving, passing, closing, and what each right is for.
#include "suite.h"

#include <os/arena.h>

// The right to receive cannot be copied.
static uint64_t with_rights(uint64_t handle, uint64_t rights) {
    struct result minted = os_mint(handle, rights & ~HANDLE_RECEIVE, 9);
    EXPECT_STATUS(OK, minted);
    return minted.value;
}

static uint64_t port_made(void) {
    struct result port = os_port_create();
    EXPECT_STATUS(OK, port);
    return port.value;
}

TEST(a_minted_handle_carries_its_badge) {
    uint64_t port = port_made(), copy = os_mint(port, HANDLE_SEND, 4711).value;
    EXPECT_STATUS(OK, os_notify(port, 2));
    EXPECT_EQUAL(os_recv(port, RECV_POLL).word[0], 2);
    EXPECT(copy != port);
    os_close(copy);
    os_end(port);
}

TEST(sending_needs_the_right_to_send) {
    uint64_t port = port_made(), copy = with_rights(port, HANDLE_ALL & ~HANDLE_SEND & 63);
    EXPECT_STATUS(DENIED, os_call(copy, MESSAGE_CALL, 0, 0, 0, 0, 0));
    EXPECT_STATUS(DENIED, os_region(HANDLE_SELF, 0x30000000, 1, copy, 0, 0, RIGHT_READ, 0));
    os_close(copy);
    os_end(port);
}

TEST(notifying_needs_the_right_to_notify) {
    uint64_t port = port_made(), copy = with_rights(port, 63 & ~HANDLE_NOTIFY);
    EXPECT_STATUS(DENIED, os_notify(copy, 1));
    os_close(copy);
    copy = with_rights(port, HANDLE_NOTIFY);
    EXPECT_STATUS(OK, os_notify(copy, 1));
    os_close(copy);
    os_end(port);
}

TEST(receiving_needs_the_right_to_receive_which_only_one_handle_has) {
    uint64_t port = port_made(), copy = with_rights(port, 63);
    EXPECT_STATUS(DENIED, os_mint(port, HANDLE_RECEIVE, 0));
    EXPECT_STATUS(DENIED, os_recv(copy, RECV_POLL));
    os_close(copy);
    os_end(port);
}

TEST(destroying_needs_the_right_to_control) {
    uint64_t port = port_made(), copy = with_rights(port, 63 & ~HANDLE_CONTROL);
    EXPECT_STATUS(DENIED, os_destroy(copy));
    os_close(copy);
    EXPECT_STATUS(EMPTY, os_recv(port, RECV_POLL));
    copy = with_rights(port, HANDLE_CONTROL);
    EXPECT_STATUS(OK, os_destroy(copy));
    EXPECT_STATUS(GONE, os_recv(port, RECV_POLL));
    os_close(copy);
    os_close(port);
}

TEST(minting_needs_the_right_to_mint_and_gives_no_more_than_one_has) {
    uint64_t port = port_made(), copy = with_rights(port, 63 & ~HANDLE_MINT);
    EXPECT_STATUS(DENIED, os_mint(copy, HANDLE_SEND, 1));
    os_close(copy);
    copy = with_rights(port, HANDLE_MINT | HANDLE_NOTIFY);
    EXPECT_STATUS(DENIED, os_mint(copy, HANDLE_SEND, 1));
    EXPECT_STATUS(DENIED, os_mint(copy, HANDLE_NOTIFY, 1)); // its badge is chosen already
    struct result again = os_mint(copy, HANDLE_NOTIFY, 9);
    EXPECT_STATUS(OK, again);
    os_close(again.value);
    os_close(copy);
    os_end(port);
}

TEST(giving_needs_the_right_to_pass) {
    uint64_t port = port_made(), copy = with_rights(port, 63 & ~HANDLE_PASS);
    struct result space = os_space_create(16, 1);
    EXPECT_STATUS(DENIED, os_give(space.value, copy, 5));
    uint64_t good = with_rights(port, HANDLE_SEND | HANDLE_PASS);
    EXPECT_STATUS(OK, os_give(space.value, good, 5));
    EXPECT_STATUS(TAKEN, os_give(space.value, good, 5));
    os_close(good);
    EXPECT_STATUS(DENIED, os_call(port, MESSAGE_CALL | TAG_HANDLE, 0, 0, 0, 0, copy));
    os_close(copy);
    os_end(space.value);
    os_end(port);
}

TEST(controlling_a_space_needs_the_right_to_control) {
    struct result space = os_space_create(16, 1);
    EXPECT_STATUS(OK, space);
    uint64_t copy = with_rights(space.value, HANDLE_PASS);
    EXPECT_STATUS(DENIED, os_space_control(copy, SPACE_QUOTA_TAKE, 1, 0));
    EXPECT_STATUS(DENIED, os_region(copy, 0x10000, 1, REGION_SELF, 0, 0, RIGHT_READ, 0));
    EXPECT_STATUS(DENIED, os_thread_create(copy, 0, 0, 0, 0));
    EXPECT_STATUS(DENIED, os_destroy(copy));
    os_close(copy);
    os_end(space.value);
}

static void nothing(uint64_t argument) { (void)argument; }

TEST(controlling_a_thread_needs_the_right_to_control) {
    struct os_thread *thread = os_thread_make(nothing, 0, OS_PRIORITY);
    uint64_t copy = with_rights(thread->handle, HANDLE_PASS);
    EXPECT_STATUS(DENIED, os_thread_control(copy, THREAD_START, 0));
    EXPECT_STATUS(DENIED, os_thread_control(copy, THREAD_GET_REGISTERS, 0));
    EXPECT_STATUS(DENIED, os_destroy(copy));
    os_close(copy);
    os_thread_start(thread);
    os_thread_join(thread);
}

TEST(each_power_of_the_machine_needs_its_right) {
    uint64_t none = with_rights(HANDLE_MACHINE, HANDLE_PASS), port = port_made();
    EXPECT_STATUS(DENIED, os_console(none, CONSOLE_WRITE, 0));
    EXPECT_STATUS(DENIED, os_console(none, CONSOLE_READ, 0));
    EXPECT_STATUS(DENIED, os_power(none, POWER_HOW_OFF, 3));
    EXPECT_STATUS(DENIED, os_interrupt(none, 10, port, 1));
    EXPECT_STATUS(DENIED, os_events(none, 0, OS_ARENA_START));
    EXPECT_STATUS(DENIED, os_physical(none, OS_ARENA_START, 1));
    os_close(none);
    os_end(port);
}

TEST(the_event_ring_can_be_read_and_not_written) {
    uint64_t va = os_range_take(16, 1);
    struct result result = os_events(HANDLE_MACHINE, 0, va);
    EXPECT_STATUS(OK, result);
    EXPECT_STATUS(OK, os_query(0, va, 1));
    uint64_t state = *(const uint64_t *)os_self()->message;
    EXPECT_EQUAL(PAGE_GRANTED(state), RIGHT_READ);
    EXPECT(os_events(HANDLE_MACHINE, 1000, va).status != STATUS_OK);
    os_unmap(0, va, 16);
    os_range_give(va, 16);
}

TEST(an_interrupt_source_that_is_not_there_is_refused) {
    uint64_t port = port_made();
    EXPECT(os_interrupt(HANDLE_MACHINE, 0, port, 1).status != STATUS_OK);
    EXPECT(os_interrupt(HANDLE_MACHINE, 100000, port, 1).status != STATUS_OK);
    EXPECT(os_interrupt(HANDLE_MACHINE, UINT64_MAX, port, 1).status != STATUS_OK);
    os_end(port);
}

TEST(a_closed_handle_names_nothing) {
    uint64_t port = port_made(), copy = with_rights(port, 63);
    EXPECT_STATUS(OK, os_close(copy));
    EXPECT_EQUAL(os_notify(copy, 1).status, STATUS_MISUSE);
    EXPECT_EQUAL(os_close(copy).status, STATUS_MISUSE);
    os_end(port);
    EXPECT_EQUAL(os_recv(port, RECV_POLL).status, STATUS_MISUSE);
}

TEST(a_handle_of_another_kind_is_misuse) {
    uint64_t port = port_made();
    EXPECT_EQUAL(os_thread_control(port, THREAD_START, 0).status, STATUS_MISUSE);
    EXPECT_EQUAL(os_space_control(port, SPACE_ID, 0, 0).status, STATUS_MISUSE);
    EXPECT_EQUAL(os_console(port, CONSOLE_WRITE, 0).status, STATUS_MISUSE);
    EXPECT_EQUAL(os_call(HANDLE_MACHINE, 0, 0, 0, 0, 0, 0).status, STATUS_MISUSE);
    EXPECT_EQUAL(os_recv(HANDLE_MACHINE, 0).status, STATUS_MISUSE);
    os_end(port);
}

static void fill_the_table(uint64_t argument) {
    (void)argument;
    os_handler_set(suite_handler);
    uint64_t port = os_port_create().value, made = 0;
    struct result result = {STATUS_OK, 0};
    while (result.status == STATUS_OK) {
        result = os_mint(port, HANDLE_NOTIFY, made);
        made++;
    }
    EXPECT_STATUS(FULL, result);
    EXPECT(made > 1000);
    EXPECT_STATUS(FULL, os_port_create());
    EXPECT_STATUS(FULL, os_space_create(1, 3));
    EXPECT_STATUS(OK, os_close(100));
    EXPECT_STATUS(OK, os_mint(port, HANDLE_NOTIFY, made));
}

TEST(a_full_table_of_handles_is_a_status) {
    struct os_child child = suite_child(fill_the_table, 0);
    suite_child_finish(&child);
}

static void call_once(uint64_t port) { EXPECT_STATUS(GONE, os_call(port, MESSAGE_CALL, 0, 0, 0, 0, 0)); }

TEST(a_port_is_dead_when_its_receiver_has_closed_it) {
    uint64_t port = port_made(), copy = with_rights(port, HANDLE_SEND | HANDLE_NOTIFY);
    struct os_thread *caller = os_thread_run(call_once, copy, OS_PRIORITY);
    suite_sleep(1000);
    EXPECT_STATUS(OK, os_close(port));
    os_thread_join(caller);
    EXPECT_STATUS(GONE, os_notify(copy, 1));
    EXPECT_STATUS(GONE, os_call(copy, MESSAGE_CALL, 0, 0, 0, 0, 0));
    os_close(copy);
}

TEST(the_right_to_receive_moves_to_another_slot) {
    uint64_t port = port_made();
    struct result moved = os_give(HANDLE_SELF, port, 0);
    EXPECT_STATUS(OK, moved);
    EXPECT_STATUS(DENIED, os_recv(port, RECV_POLL));
    EXPECT_STATUS(EMPTY, os_recv(moved.value, RECV_POLL));
    os_close(port);
    EXPECT_STATUS(EMPTY, os_recv(moved.value, RECV_POLL));
    os_end(moved.value);
}

TEST(an_object_lives_on_for_those_who_still_name_it) {
    uint64_t port = port_made(), copy = with_rights(port, HANDLE_NOTIFY);
    EXPECT_STATUS(OK, os_destroy(port));
    EXPECT_STATUS(OK, os_destroy(port));
    EXPECT_STATUS(OK, os_close(port));
    EXPECT_STATUS(GONE, os_notify(copy, 1));
    os_close(copy);
}

TEST(a_port_that_is_destroyed_listens_to_no_interrupt_any_more) {
    enum { PORTS = 60, FIRST_SOURCE = 20 }; // of several frames: those come back only when nothing names a port
    static uint64_t ports[PORTS];
    uint64_t before = suite_frames_in_use();
    for (unsigned i = 0; i < PORTS; i++) {
        ports[i] = os_port_create().value;
        EXPECT_STATUS(OK, os_interrupt(HANDLE_MACHINE, FIRST_SOURCE + i, ports[i], 1));
    }
    EXPECT(suite_frames_in_use() > before);
    for (unsigned i = 0; i < PORTS; i++) os_end(ports[i]);
    EXPECT_EQUAL(suite_frames_in_use(), before);
}
