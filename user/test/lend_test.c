// SPDX-License-Identifier: MIT
// Memory lent: a space passes itself on, and who has that handle borrows pages.
#include "suite.h"

#include <os/arena.h>

#define BOTH (RIGHT_READ | RIGHT_WRITE)

enum { PAGES = 4 };

// A child that lends itself, says where its pages are, and goes on when it is told so, or ends.
static void lend(uint64_t ends) {
    uint64_t va = os_pages_take(PAGES), *words = (uint64_t *)va;
    for (unsigned i = 0; i < PAGES; i++) words[i * 512] = 1000 + i;
    os_prot(0, va + OS_PAGE, 1, 0); // withheld from itself
    EXPECT_STATUS(OK, os_call(OS_CHILD_PORT, MESSAGE_CALL | TAG_HANDLE, va, 0, 0, 0, HANDLE_SELF));
    if (ends != 0) return;
    EXPECT_EQUAL(words[0], 4711);
    os_pages_give(va, PAGES); // what is lent stays
    uint64_t other = os_pages_take(PAGES);
    *(uint64_t *)other = 5;
    EXPECT_STATUS(OK, os_call(OS_CHILD_PORT, MESSAGE_CALL, 0, 0, 0, 0, 0));
}

static uint64_t word_at(uint64_t va) { return *(volatile uint64_t *)va; }

TEST(who_passes_itself_on_lends_its_pages) {
    struct os_child child = suite_child(lend, 0);
    struct message call = os_recv(child.port, 0);
    EXPECT_EQUAL(call.tag & TAG_HANDLE, TAG_HANDLE);
    uint64_t lender = call.handle, from = call.word[0], va = os_range_take(PAGES, 1);
    struct result result = os_borrow(lender, from, va, PAGES, BOTH);
    EXPECT_STATUS(OK, result);
    EXPECT_EQUAL(result.value, PAGES);
    for (unsigned i = 0; i < PAGES; i++) EXPECT_EQUAL(word_at(va + i * OS_PAGE), 1000 + i);
    *(uint64_t *)va = 4711;
    os_reply(call.token, VERDICT_REPLY, 0, 0, 0, 0, 0);
    call = os_recv(child.port, 0); // it has given its pages back, and taken others
    EXPECT_EQUAL(word_at(va), 4711);
    EXPECT_STATUS(ABSENT, os_borrow(lender, from + (PAGES + 8) * OS_PAGE, va, 1, RIGHT_READ));
    EXPECT_STATUS(OK, os_unmap(0, va, PAGES));
    os_reply(call.token, VERDICT_REPLY, 0, 0, 0, 0, 0);
    suite_child_finish(&child);
    EXPECT_STATUS(GONE, os_borrow(lender, from, va, 1, RIGHT_READ));
    os_close(lender);
    os_range_give(va, PAGES);
}

TEST(what_is_borrowed_outlives_its_lender_on_the_lenders_account) {
    uint64_t before = suite_frames_in_use(), va = os_range_take(PAGES, 1), *told = os_self()->message;
    struct os_child child = suite_child(lend, 1);
    struct message call = os_recv(child.port, 0);
    EXPECT_STATUS(OK, os_borrow(call.handle, call.word[0], va, PAGES, BOTH));
    EXPECT_STATUS(OK, os_physical(HANDLE_MACHINE, va, 1));
    uint64_t first = told[0];
    os_reply(call.token, VERDICT_REPLY, 0, 0, 0, 0, 0);
    suite_child_finish(&child);
    EXPECT(suite_frames_in_use() >= before + PAGES); // the account is kept, and what it pays for
    EXPECT_EQUAL(word_at(va + 2 * OS_PAGE), 1002);
    uint64_t other = os_pages_take(256); // nobody else gets the frame
    for (unsigned i = 0; i < 256; i++) {
        EXPECT_STATUS(OK, os_physical(HANDLE_MACHINE, other + i * OS_PAGE, 1));
        EXPECT(told[0] != first);
    }
    os_pages_give(other, 256);
    EXPECT_STATUS(OK, os_unmap(0, va, PAGES));
    os_close(call.handle);
    os_range_give(va, PAGES);
}

// Without a right to them there is no translation that a hart could remember: to give them back needs no fence.
TEST(pages_can_be_borrowed_for_a_device_alone) {
    struct os_child child = suite_child(lend, 1);
    struct message call = os_recv(child.port, 0);
    uint64_t va = os_range_take(PAGES, 1);
    EXPECT_STATUS(OK, os_borrow(call.handle, call.word[0], va, PAGES, 0));
    EXPECT_STATUS(OK, os_query(0, va, 1));
    EXPECT_EQUAL(PAGE_GRANTED(*(const uint64_t *)os_self()->message), 0);
    EXPECT_STATUS(OK, os_physical(HANDLE_MACHINE, va, PAGES));
    EXPECT_STATUS(DENIED, os_map2(va, 0, va + OS_PAGE, 1, 0));
    EXPECT_STATUS(OK, os_unmap(0, va, PAGES));
    os_reply(call.token, VERDICT_REPLY, 0, 0, 0, 0, 0);
    suite_child_finish(&child);
    os_close(call.handle);
    os_range_give(va, PAGES);
}

// Pages that the child did not allocate: its program's are its maker's, its message page the kernel's.
static void lend_only(uint64_t argument) {
    (void)argument;
    uint64_t read_only = os_range_take(1, 1);
    os_alloc(read_only, 1, RIGHT_READ, 0, 0);
    EXPECT_STATUS(OK, os_call(OS_CHILD_PORT, MESSAGE_CALL | TAG_HANDLE, read_only, (uint64_t)os_self()->message,
                              (uint64_t)lend_only & ~4095ul, 0, HANDLE_SELF));
}

TEST(no_more_is_lent_than_the_lender_has) {
    struct os_child child = suite_child(lend_only, 0);
    struct message call = os_recv(child.port, 0);
    uint64_t va = os_range_take(2, 1), lender = call.handle;
    EXPECT_STATUS(DENIED, os_borrow(lender, call.word[0], va, 1, BOTH));
    EXPECT_STATUS(DENIED, os_borrow(lender, call.word[1], va, 1, RIGHT_READ)); // not to be shared
    EXPECT_STATUS(DENIED, os_borrow(lender, call.word[2], va, 1, RIGHT_READ | RIGHT_WRITE));
    EXPECT_STATUS(OK, os_borrow(lender, call.word[0], va, 1, RIGHT_READ));
    EXPECT_STATUS(OK, os_unprot(0, va, 1, BOTH)); // withholds nothing, and grants nothing
    EXPECT_STATUS(OK, os_query(0, va, 1));
    EXPECT_EQUAL(PAGE_GRANTED(*(const uint64_t *)os_self()->message), RIGHT_READ);
    os_unmap(0, va, 1);
    os_reply(call.token, VERDICT_REPLY, 0, 0, 0, 0, 0);
    suite_child_finish(&child);
    os_close(lender);
    os_range_give(va, 2);
}

TEST(the_handle_of_a_lender_is_good_for_nothing_else) {
    struct os_child child = suite_child(lend_only, 0);
    struct message call = os_recv(child.port, 0);
    uint64_t lender = call.handle;
    EXPECT_STATUS(DENIED, os_space_control(lender, SPACE_ID, 0, 0));
    EXPECT_STATUS(DENIED, os_thread_create(lender, 0, 0, 0, 0));
    EXPECT_STATUS(DENIED, os_region(lender, 0x30000000, 1, REGION_SELF, 0, 0, RIGHT_READ, 0));
    EXPECT_STATUS(DENIED, os_destroy(lender));
    EXPECT_STATUS(DENIED, os_mint(lender, HANDLE_LEND, 0));
    EXPECT_STATUS(DENIED, os_give(child.space, lender, 0));
    EXPECT_STATUS(DENIED, os_call(child.port, MESSAGE_CALL | TAG_HANDLE, 0, 0, 0, 0, lender));
    os_reply(call.token, VERDICT_REPLY, 0, 0, 0, 0, 0);
    suite_child_finish(&child);
    os_close(lender);
}

TEST(only_who_may_borrow_borrows_and_only_to_its_own) {
    struct os_child child = suite_child(lend_only, 0);
    struct message call = os_recv(child.port, 0);
    uint64_t va = os_range_take(2, 1), from = call.word[0], port = os_port_create().value;
    EXPECT_STATUS(DENIED, os_borrow(child.space, from, va, 1, RIGHT_READ)); // to control is not to borrow
    EXPECT_STATUS(MISUSE, os_borrow(port, from, va, 1, RIGHT_READ));
    EXPECT_STATUS(MISUSE, os_borrow(4000, from, va, 1, RIGHT_READ));
    EXPECT_STATUS(MISUSE, os_borrow(UINT64_MAX, from, va, 1, RIGHT_READ));
    EXPECT_STATUS(MISUSE, os_borrow(call.handle, from + 1, va, 1, RIGHT_READ));
    EXPECT_STATUS(MISUSE, os_borrow(call.handle, UINT64_C(0xffffffc080000000), va, 1, RIGHT_READ));
    EXPECT_STATUS(MISUSE, os_borrow(call.handle, from, va, 0, RIGHT_READ));
    EXPECT_STATUS(MISUSE, os_borrow(call.handle, from, va, 1, RIGHT_WRITE));
    EXPECT_STATUS(ABSENT, os_borrow(call.handle, from, 0x3000000000, 1, RIGHT_READ)); // no region
    EXPECT_STATUS(ABSENT, os_borrow(call.handle, 0x3000000000, va, 1, RIGHT_READ));
    struct result result = os_borrow(call.handle, from, va, 2, RIGHT_READ);
    EXPECT_STATUS(ABSENT, result); // the second is not there
    EXPECT_EQUAL(result.value, 1);
    os_unmap(0, va, 2);
    os_reply(call.token, VERDICT_REPLY, 0, 0, 0, 0, 0);
    suite_child_finish(&child);
    os_close(call.handle);
    os_end(port);
    os_range_give(va, 2);
}

TEST(what_is_borrowed_again_and_again_is_counted_rightly) {
    struct os_child child = suite_child(lend, 1);
    struct message call = os_recv(child.port, 0);
    uint64_t va = os_range_take(64, 1);
    for (unsigned times = 0; times < 100; times++) {
        for (unsigned i = 0; i < 16; i++)
            EXPECT_STATUS(OK, os_borrow(call.handle, call.word[0], va + i * PAGES * OS_PAGE, PAGES, times % 2 * BOTH));
    }
    os_reply(call.token, VERDICT_REPLY, 0, 0, 0, 0, 0);
    suite_child_finish(&child);
    EXPECT_STATUS(OK, os_unmap(0, va, 64));
    os_close(call.handle);
    os_range_give(va, 64);
}
