// SPDX-License-Identifier: MIT
// Faults as messages, and the verdicts on them. The test is the pager, and answers each fault by hand.
#include "client.h"

#include <os/arena.h>
#include <os/begin.h>

extern char program_start[], rodata_start[];

static OS_SHARED volatile uint64_t value, other_value;

static void write_and_read(uint64_t va) {
    store(va, 0x1234);
    value = load(va);
}

static void read_one(uint64_t va) { value = load(va); }

TEST(a_fault_tells_all_that_a_pager_may_ask) {
    uint64_t page = os_pages_take(1);
    struct os_child child = client_made(write_and_read, LAZY(3) + 8);
    EXPECT_STATUS(OK, os_map2(page, child.id, LAZY(2), 1, RIGHT_READ));
    os_child_start(&child);
    struct message fault = client_fault(&child);
    uint64_t label = label_of(&fault);
    EXPECT_EQUAL(FAULT_ACCESS(label), FAULT_WRITE);
    EXPECT_EQUAL(label & FAULT_PRESENT, 0);
    EXPECT_EQUAL(FAULT_NESTED(label), 0);
    EXPECT_EQUAL(FAULT_ERROR(label), FAULT_NONE);
    EXPECT_EQUAL(FAULT_RETRIES(label), 0);
    EXPECT(fault.token != 0);
    EXPECT_EQUAL(fault.word[0], child.id);
    EXPECT_EQUAL(fault.word[1], LAZY(3) + 8);
    EXPECT_EQUAL(page_of(fault.word[2]), LAZY_OFFSET + 3 * 4096);
    EXPECT(fault.word[3] >= (uint64_t)program_start && fault.word[3] < (uint64_t)rodata_start);
    EXPECT((fault.word[4] & (fault.word[4] - 1)) == 0 && fault.word[4] != 0);
    EXPECT_EQUAL(verdict_map(&fault, page, LAZY(3), 1, BOTH_RIGHTS), STATUS_OK);
    suite_child_finish(&child);
    EXPECT_EQUAL(value, 0x1234);
    EXPECT_EQUAL(load(page + 8), 0x1234);
    os_pages_give(page, 1);
}

TEST(map_gives_the_page_and_resumes_the_faulter) {
    uint64_t page = os_pages_take(1);
    store(page + 16, 42);
    struct os_child child = client_start(read_one, LAZY(0) + 16);
    struct message fault = client_fault(&child);
    EXPECT_EQUAL(FAULT_ACCESS(label_of(&fault)), FAULT_READ);
    EXPECT_EQUAL(verdict_map(&fault, page, LAZY(0), 1, RIGHT_READ), STATUS_OK);
    suite_child_finish(&child);
    EXPECT_EQUAL(value, 42);
    os_pages_give(page, 1);
}

static void read_eight(uint64_t va) {
    value = 0;
    for (uint64_t i = 0; i < 8; i++) value += load(va + i * 4096);
}

TEST(map_gives_a_block_ahead) {
    uint64_t pages = os_pages_take(8);
    for (uint64_t i = 0; i < 8; i++) store(pages + i * 4096, 1 + i);
    struct os_child child = client_start(read_eight, LAZY(0));
    struct message fault = client_fault(&child);
    EXPECT_EQUAL(verdict_map(&fault, pages, LAZY(0), 8, RIGHT_READ), STATUS_OK);
    suite_child_finish(&child);
    EXPECT_EQUAL(value, 36);
    os_pages_give(pages, 8);
}

TEST(a_write_to_a_page_granted_for_reading_comes_to_the_pager_which_raises_it) {
    uint64_t page = os_pages_take(1);
    struct os_child child = client_made(write_and_read, LAZY(0));
    EXPECT_STATUS(OK, os_map2(page, child.id, LAZY(0), 1, RIGHT_READ));
    os_child_start(&child);
    struct message fault = client_fault(&child);
    EXPECT_EQUAL(FAULT_ACCESS(label_of(&fault)), FAULT_WRITE);
    EXPECT_EQUAL(label_of(&fault) & FAULT_PRESENT, FAULT_PRESENT);
    EXPECT_EQUAL(FAULT_RIGHTS(label_of(&fault)), RIGHT_READ);
    EXPECT_EQUAL(verdict_of(&fault, VERDICT_UNPROT, 0, LAZY(0), 1, BOTH_RIGHTS), STATUS_OK);
    suite_child_finish(&child);
    EXPECT_EQUAL(load(page), 0x1234);
    os_pages_give(page, 1);
}

TEST(retry_goes_on_after_the_pager_has_mapped_the_page_itself) {
    uint64_t page = os_pages_take(1);
    struct os_child child = client_start(write_and_read, LAZY(0));
    struct message fault = client_fault(&child);
    EXPECT_STATUS(OK, os_map2(page, child.id, LAZY(0), 1, BOTH_RIGHTS));
    EXPECT_EQUAL(verdict_of(&fault, VERDICT_RETRY, 0, 0, 0, 0), STATUS_OK);
    suite_child_finish(&child);
    EXPECT_EQUAL(load(page), 0x1234);
    os_pages_give(page, 1);
}

static void count_retries(void (*reads)(uint64_t va)) {
    uint64_t page = os_pages_take(1);
    struct os_child child = client_start(reads, LAZY(0));
    for (unsigned i = 0; i < 5; i++) {
        struct message fault = client_fault(&child);
        EXPECT_EQUAL(FAULT_RETRIES(label_of(&fault)), i);
        verdict_of(&fault, VERDICT_RETRY, 0, 0, 0, 0);
    }
    struct message fault = client_fault(&child);
    EXPECT_EQUAL(verdict_map(&fault, page, LAZY(0), 1, RIGHT_READ), STATUS_OK);
    suite_child_finish(&child);
    os_pages_give(page, 1);
}

TEST(retries_are_counted) { count_retries(read_one); }

// fld f0, 0(va), by its number, for programs here are compiled without floating point; x0 stands for f0.
static void read_one_as_float(uint64_t va) { __asm__ volatile(".insn i 0x07, 3, x0, %0, 0" : : "r"(va) : "memory"); }

TEST(retries_are_counted_while_floating_point_registers_are_in_use) { count_retries(read_one_as_float); }

static __attribute__((noinline)) void read_here(uint64_t va) { value = load(va); }

static void read_write_and_read_again(uint64_t va) {
    read_here(va);
    store(va, 1);
    os_call(OS_CHILD_PORT, MESSAGE_CALL | UINT64_C(1) << TAG_LABEL_SHIFT, 0, 0, 0, 0, 0);
    read_here(va);
}

TEST(a_fault_at_another_place_forgets_the_retries) {
    uint64_t page = os_pages_take(1);
    struct os_child child = client_start(read_write_and_read_again, LAZY(0));
    struct message fault = client_fault(&child);
    EXPECT_STATUS(OK, os_map2(page, child.id, LAZY(0), 1, RIGHT_READ));
    EXPECT_EQUAL(verdict_of(&fault, VERDICT_RETRY, 0, 0, 0, 0), STATUS_OK);
    fault = client_fault(&child);
    EXPECT_EQUAL(FAULT_ACCESS(label_of(&fault)), FAULT_WRITE);
    struct message call = os_reply_recv(fault.token, VERDICT_MAP, page, LAZY(0), 1, BOTH_RIGHTS, 0, child.port);
    EXPECT_EQUAL(TAG_KIND(call.tag), MESSAGE_CALL);
    EXPECT_STATUS(OK, os_unmap(child.id, LAZY(0), 1));
    os_reply(call.token, VERDICT_REPLY, 0, 0, 0, 0, 0);
    fault = client_fault(&child);
    EXPECT_EQUAL(FAULT_ACCESS(label_of(&fault)), FAULT_READ);
    EXPECT_EQUAL(FAULT_RETRIES(label_of(&fault)), 0);
    EXPECT_EQUAL(verdict_map(&fault, page, LAZY(0), 1, RIGHT_READ), STATUS_OK);
    suite_child_finish(&child);
    os_pages_give(page, 1);
}

static void read_two(uint64_t va) {
    load(LAZY(LAZY_PAGES));
    load(va);
}

TEST(a_fault_whose_region_went_away_is_forwarded_with_no_other_badge) {
    uint64_t page = os_pages_take(1), port = os_port_create().value, second = 0x5ec0;
    struct os_child child = client_made(read_two, LAZY(0));
    EXPECT_STATUS(OK, os_region(child.space, LAZY(LAZY_PAGES), 1, child.port, second, 0,
                                RIGHTS_ACCESS | UINT64_C(1000000) << REGION_DEADLINE_SHIFT, 0));
    os_child_start(&child);
    struct message fault = client_message(&child);
    EXPECT_EQUAL(fault.badge, second);
    EXPECT_EQUAL(verdict_map(&fault, page, LAZY(LAZY_PAGES), 1, RIGHT_READ), STATUS_OK);
    fault = client_fault(&child);
    EXPECT_STATUS(OK, os_region(child.space, LAZY(0), LAZY_PAGES, REGION_REMOVE, 0, 0, 0, 0));
    EXPECT_EQUAL(TAG_KIND(client_message(&child).tag), MESSAGE_DETACHED);
    EXPECT_EQUAL(verdict_of(&fault, VERDICT_FORWARD, port, 0, 0, 0), STATUS_OK);
    fault = os_recv(port, 0);
    EXPECT(fault.badge != second);
    EXPECT_EQUAL(fault.word[1], LAZY(0));
    os_child_end(&child);
    os_end(port);
    os_pages_give(page, 1);
}

TEST(skip_gives_a_new_pc_and_the_value_of_a_register) {
    struct os_child child = client_start(read_one, LAZY(0));
    struct message fault = client_fault(&child);
    uint32_t instruction = *(const uint16_t *)fault.word[3];
    uint64_t length = (instruction & 3) == 3 ? 4 : 2;
    if (length == 4) instruction |= (uint32_t) * (const uint16_t *)(fault.word[3] + 2) << 16;
    uint64_t target = length == 4 ? instruction >> 7 & 31 : 8 + (instruction >> 2 & 7);
    EXPECT_EQUAL(verdict_of(&fault, VERDICT_SKIP, fault.word[3] + length, target, 4711, 0), STATUS_OK);
    suite_child_finish(&child);
    EXPECT_EQUAL(value, 4711);
}

static void note_fault(struct upcall_registers *interrupted, struct os_fault *fault) {
    value = TAG_LABEL(fault->message.tag);
    other_value = fault->message.word[1];
    suite_skip(interrupted);
}

static void read_with_handler(uint64_t va) {
    os_handler_set(note_fault);
    load(va);
}

TEST(fail_reaches_the_own_handler_with_the_pagers_code) {
    struct os_child child = client_start(read_with_handler, LAZY(5));
    struct message fault = client_fault(&child);
    EXPECT_EQUAL(verdict_of(&fault, VERDICT_FAIL, 7, 0, 0, 0), STATUS_OK);
    suite_child_finish(&child);
    EXPECT_EQUAL(FAULT_ERROR(value), FAULT_FAILED + 7);
    EXPECT_EQUAL(FAULT_ACCESS(value), FAULT_READ);
    EXPECT_EQUAL(other_value, LAZY(5));
}

TEST(fail_without_a_handler_goes_to_the_exception_port) {
    struct os_child child = client_start(read_one, LAZY(5));
    struct message fault = client_fault(&child);
    EXPECT_EQUAL(verdict_of(&fault, VERDICT_FAIL, 9, 0, 0, 0), STATUS_OK);
    struct message exception = client_message(&child);
    EXPECT_EQUAL(TAG_KIND(exception.tag), MESSAGE_FAULT);
    EXPECT_EQUAL(exception.badge, OS_BADGE_EXCEPTION);
    EXPECT_EQUAL(FAULT_ERROR(label_of(&exception)), FAULT_FAILED + 9);
    EXPECT_EQUAL(exception.word[0], child.id);
    EXPECT_EQUAL(exception.word[1], LAZY(5));
    os_child_end(&child);
}

TEST(a_keeper_hears_of_a_fault_that_nobody_handles) {
    struct os_child child = client_start(read_one, LAZY(5));
    struct message fault = client_fault(&child);
    EXPECT_EQUAL(verdict_of(&fault, VERDICT_FAIL, 9, 0, 0, 0), STATUS_OK);
    struct message exception = client_message(&child);
    EXPECT_EQUAL(verdict_of(&exception, VERDICT_FAIL, 9, 0, 0, 0), STATUS_OK);
    struct message ended = client_message(&child);
    EXPECT_EQUAL(TAG_KIND(ended.tag), MESSAGE_NOTIFY);
    EXPECT_EQUAL(ended.word[0], OS_CHILD_ENDED);
    os_child_end(&child);
}

TEST(forward_gives_the_same_fault_to_another_pager) {
    uint64_t page = os_pages_take(1), port = os_port_create().value;
    struct os_child child = client_start(write_and_read, LAZY(1) + 24);
    struct message fault = client_fault(&child);
    EXPECT_EQUAL(verdict_of(&fault, VERDICT_FORWARD, port, 0, 0, 0), STATUS_OK);
    struct message again = os_recv(port, 0);
    EXPECT_EQUAL(TAG_KIND(again.tag), MESSAGE_FAULT);
    EXPECT_EQUAL(FAULT_ACCESS(label_of(&again)), FAULT_WRITE);
    EXPECT_EQUAL(again.word[0], child.id);
    EXPECT_EQUAL(again.word[1], fault.word[1]);
    EXPECT_EQUAL(again.word[2], fault.word[2]);
    EXPECT_EQUAL(again.word[3], fault.word[3]);
    EXPECT_STATUS(GONE, os_reply(fault.token, VERDICT_RETRY, 0, 0, 0, 0, 0));
    EXPECT_EQUAL(verdict_map(&again, page, LAZY(1), 1, BOTH_RIGHTS), STATUS_OK);
    suite_child_finish(&child);
    EXPECT_EQUAL(load(page + 24), 0x1234);
    os_end(port);
    os_pages_give(page, 1);
}

TEST(map_over_a_page_that_is_there_is_a_success) {
    uint64_t page = os_pages_take(1);
    struct os_child child = client_start(write_and_read, LAZY(0));
    struct message fault = client_fault(&child);
    EXPECT_STATUS(OK, os_map2(page, child.id, LAZY(0), 1, BOTH_RIGHTS));
    EXPECT_EQUAL(verdict_map(&fault, page, LAZY(0), 1, BOTH_RIGHTS), STATUS_OK);
    suite_child_finish(&child);
    EXPECT_EQUAL(load(page), 0x1234);
    os_pages_give(page, 1);
}

static void read_in_two_threads(uint64_t va) {
    struct os_thread *other = os_thread_run(read_one, va, OS_PRIORITY);
    read_one(va);
    os_thread_join(other);
}

TEST(two_threads_one_page_one_frame) {
    uint64_t page = os_pages_take(1);
    store(page, 99);
    struct os_child child = client_start(read_in_two_threads, LAZY(0));
    struct message fault = client_fault(&child);
    suite_sleep(20000); // the second comes upon the page meanwhile
    EXPECT_EQUAL(verdict_map(&fault, page, LAZY(0), 1, RIGHT_READ), STATUS_OK);
    struct message next = client_message(&child);
    if (TAG_KIND(next.tag) == MESSAGE_FAULT) { // the kernel need not see that it is the same page
        EXPECT_EQUAL(verdict_map(&next, page, LAZY(0), 1, RIGHT_READ), STATUS_OK);
        next = client_message(&child);
    }
    while (TAG_KIND(next.tag) == MESSAGE_NOTIFY && (next.word[0] & OS_CHILD_DONE) == 0)
        next = client_message(&child); // the second thread has ended
    EXPECT_EQUAL(TAG_KIND(next.tag), MESSAGE_NOTIFY);
    os_child_end(&child);
    EXPECT_EQUAL(value, 99);
    os_pages_give(page, 1);
}

static void two_reads(uint64_t va) { value = load(va) + load(va + 4096); }

TEST(a_region_that_goes_away_tells_its_pager) {
    uint64_t page = os_pages_take(1);
    struct os_child child = client_start(two_reads, LAZY(10));
    struct message fault = client_fault(&child);
    EXPECT_EQUAL(verdict_map(&fault, page, LAZY(10), 1, RIGHT_READ), STATUS_OK);
    fault = client_fault(&child);
    EXPECT_STATUS(OK, os_region(child.space, LAZY_START, LAZY_PAGES, REGION_REMOVE, 0, 0, 0, 0));
    struct message detached = client_message(&child);
    EXPECT_EQUAL(TAG_KIND(detached.tag), MESSAGE_DETACHED);
    EXPECT_EQUAL(detached.badge, LAZY_COOKIE);
    EXPECT_EQUAL(detached.token, 0);
    EXPECT_EQUAL(detached.word[0], child.id);
    EXPECT_EQUAL(detached.word[1], LAZY_START);
    EXPECT_EQUAL(detached.word[2], LAZY_OFFSET);
    EXPECT_EQUAL(detached.word[3], LAZY_PAGES);
    EXPECT(verdict_map(&fault, page, LAZY(11), 1, RIGHT_READ) != STATUS_OK);
    os_child_end(&child);
    os_pages_give(page, 1);
}

TEST(a_space_that_ends_tells_the_pagers_of_its_regions) {
    struct os_child child = client_made(read_one, 0);
    os_child_start(&child);
    uint64_t port = os_port_create().value;
    EXPECT_STATUS(OK, os_region(child.space, LAZY(100), 7, port, 77, 0, RIGHT_READ, 0));
    os_finish(child.space);
    struct message detached = os_recv(port, 0);
    EXPECT_EQUAL(TAG_KIND(detached.tag), MESSAGE_DETACHED);
    EXPECT_EQUAL(detached.badge, 77);
    EXPECT_EQUAL(detached.word[1], LAZY(100));
    EXPECT_EQUAL(detached.word[3], 7);
    os_child_end(&child);
    os_end(port);
}

// s0 and s1 stay what they were over a fault. Nothing here is the compiler's to move.
static void keep_registers(uint64_t argument) {
    uint64_t changed;
    load(argument - OS_PAGE); // table and region are the last used
    __asm__ volatile("mv t0, s0; mv t1, s1; li s0, 0x1234; li s1, 0x5678; ld t2, 0(%1); li t2, 0x1234; xor t3, s0, t2;"
                     "li t2, 0x5678; xor t4, s1, t2; or %0, t3, t4; mv s0, t0; mv s1, t1"
                     : "=r"(changed)
                     : "r"(argument)
                     : "t0", "t1", "t2", "t3", "t4", "memory");
    EXPECT_EQUAL(changed, 0);
}

static void touch_only(uint64_t argument) { load(argument); }

TEST(a_fault_at_a_pager_that_has_yet_to_answer_another_keeps_all_registers) {
    uint64_t page = os_pages_take(1);
    struct os_child first = client_start(touch_only, LAZY(0));
    struct message waiting = client_fault(&first);
    struct os_child second = suite_child_made(keep_registers, LAZY(2), CHILD_QUOTA, 1);
    EXPECT_STATUS(OK, os_region(second.space, LAZY_START, LAZY_PAGES, first.port, LAZY_COOKIE, 0, RIGHTS_ACCESS, 0));
    os_child_start(&second);
    for (unsigned i = 1; i <= 2; i++) {
        struct message fault = client_fault(&first);
        EXPECT_EQUAL(verdict_map(&fault, page, LAZY(i), 1, BOTH_RIGHTS), STATUS_OK);
    }
    EXPECT_EQUAL(verdict_map(&waiting, page, LAZY(0), 1, BOTH_RIGHTS), STATUS_OK);
    suite_child_finish(&first);
    suite_child_finish(&second);
    os_pages_give(page, 1);
}
