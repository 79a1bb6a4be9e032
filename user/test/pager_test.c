// SPDX-License-Identifier: MIT
// Two authorities over one page: what the pager grants, and what the space itself withholds.
#include "client.h"

#include <os/arena.h>

static OS_SHARED volatile uint64_t results[8];

static void note(struct upcall_registers *interrupted, struct os_fault *fault) {
    results[0]++;
    results[1] = TAG_LABEL(fault->message.tag);
    suite_skip(interrupted);
}

static void tell(uint64_t step) { os_call(OS_CHILD_PORT, MESSAGE_CALL | step << TAG_LABEL_SHIFT, 0, 0, 0, 0, 0); }

static void withhold_and_write(uint64_t va) {
    os_handler_set(note);
    store(va, 1);
    EXPECT_STATUS(OK, os_prot(0, va, 1, RIGHT_READ));
    tell(1); // the pager takes the page, and brings it back with all rights
    results[0] = 0;
    EXPECT_EQUAL(load(va), 1);
    EXPECT_EQUAL(results[0], 0);
    store(va, 2);
    EXPECT_EQUAL(results[0], 1);
    EXPECT_EQUAL(FAULT_ERROR(results[1]), FAULT_NONE);
    EXPECT_STATUS(OK, os_unprot(0, va, 1, BOTH_RIGHTS));
    store(va, 3);
    EXPECT_EQUAL(results[0], 1);
}

TEST(what_is_withheld_stays_withheld_while_the_page_is_out) {
    uint64_t page = os_pages_take(1);
    struct os_child child = client_start(withhold_and_write, LAZY(0));
    struct message fault = client_fault(&child);
    EXPECT_EQUAL(verdict_map(&fault, page, LAZY(0), 1, BOTH_RIGHTS), STATUS_OK);
    struct message call = client_message(&child);
    EXPECT_STATUS(OK, os_unmap(child.id, LAZY(0), 1));
    os_reply(call.token, VERDICT_REPLY, 0, 0, 0, 0, 0);
    fault = client_fault(&child);
    EXPECT_EQUAL(FAULT_ACCESS(label_of(&fault)), FAULT_READ);
    EXPECT_EQUAL(verdict_map(&fault, page, LAZY(0), 1, BOTH_RIGHTS), STATUS_OK);
    suite_child_finish(&child);
    EXPECT_EQUAL(load(page), 3);
    os_pages_give(page, 1);
}

static void clear_own_dirty(uint64_t va) {
    store(va, 1);
    const uint64_t *bitmap = os_self()->message;
    os_dirty(0, va, 1, DIRTY_WRITTEN);
    results[2] = *bitmap;
    os_dirty(0, va, 1, DIRTY_WRITTEN);
    results[3] = *bitmap;
    tell(1);
    os_dirty(0, va, 1, DIRTY_WRITTEN);
    results[4] = *bitmap;
    store(va, 2);
    tell(2);
    os_dirty(0, va, 1, DIRTY_WRITTEN);
    results[5] = *bitmap;
}

TEST(the_dirty_bits_of_pager_and_space_are_independent) {
    uint64_t page = os_pages_take(1);
    const uint64_t *bitmap = os_self()->message;
    struct os_child child = client_start(clear_own_dirty, LAZY(0));
    struct message fault = client_fault(&child);
    verdict_map(&fault, page, LAZY(0), 1, BOTH_RIGHTS);
    struct message call = client_message(&child);
    EXPECT_STATUS(OK, os_dirty(child.id, LAZY(0), 1, DIRTY_WRITTEN));
    EXPECT_EQUAL(*bitmap, 1);
    EXPECT_STATUS(OK, os_dirty(child.id, LAZY(0), 1, DIRTY_WRITTEN));
    EXPECT_EQUAL(*bitmap, 0);
    os_reply(call.token, VERDICT_REPLY, 0, 0, 0, 0, 0);
    call = client_message(&child);
    EXPECT_STATUS(OK, os_dirty(child.id, LAZY(0), 1, DIRTY_WRITTEN));
    EXPECT_EQUAL(*bitmap, 1);
    os_reply(call.token, VERDICT_REPLY, 0, 0, 0, 0, 0);
    suite_child_finish(&child);
    EXPECT_EQUAL(results[2], 1);
    EXPECT_EQUAL(results[3], 0);
    EXPECT_EQUAL(results[4], 0);
    EXPECT_EQUAL(results[5], 1);
    os_pages_give(page, 1);
}

static void write_twice(uint64_t va) {
    store(va, 1);
    tell(1);
    store(va, 2);
}

TEST(a_pager_lowers_its_grant_and_hears_of_the_next_write) {
    uint64_t page = os_pages_take(1);
    struct os_child child = client_start(write_twice, LAZY(0));
    struct message fault = client_fault(&child);
    verdict_map(&fault, page, LAZY(0), 1, BOTH_RIGHTS);
    struct message call = client_message(&child);
    EXPECT_STATUS(OK, os_prot(child.id, LAZY(0), 1, RIGHT_READ));
    os_reply(call.token, VERDICT_REPLY, 0, 0, 0, 0, 0);
    fault = client_fault(&child);
    EXPECT_EQUAL(FAULT_ACCESS(label_of(&fault)), FAULT_WRITE);
    EXPECT_EQUAL(label_of(&fault) & FAULT_PRESENT, FAULT_PRESENT);
    EXPECT_STATUS(OK, os_unprot(child.id, LAZY(0), 1, BOTH_RIGHTS));
    verdict_of(&fault, VERDICT_RETRY, 0, 0, 0, 0);
    suite_child_finish(&child);
    EXPECT_EQUAL(load(page), 2);
    os_pages_give(page, 1);
}

TEST(a_pager_raises_no_grant_above_the_rights_of_its_own_page) {
    uint64_t page = os_pages_take(1), read_only = os_range_take(1, 1);
    EXPECT_STATUS(OK, os_map2(page, 0, read_only, 1, RIGHT_READ | RIGHT_SHARE));
    struct os_child child = client_made(write_twice, LAZY(0));
    EXPECT_STATUS(DENIED, os_map2(read_only, child.id, LAZY(0), 1, BOTH_RIGHTS));
    EXPECT_STATUS(OK, os_map2(read_only, child.id, LAZY(0), 1, RIGHT_READ));
    EXPECT_STATUS(DENIED, os_unprot(child.id, LAZY(0), 1, BOTH_RIGHTS));
    os_child_end(&child);
    os_pages_give(read_only, 1);
    os_pages_give(page, 1);
}

static void write_mapped(uint64_t va) {
    store(va, 1);
    results[0] = load(va + 4096);
}

TEST(pages_mapped_ahead_count_as_touched_only_when_they_are) {
    uint64_t pages = os_pages_take(4);
    const uint64_t *bitmap = os_self()->message;
    struct os_child child = client_start(write_mapped, LAZY(0));
    struct message fault = client_fault(&child);
    verdict_map(&fault, pages, LAZY(0), 4, BOTH_RIGHTS);
    struct message last;
    EXPECT(os_child_wait(&child, &last));
    EXPECT_STATUS(OK, os_dirty(child.id, LAZY(0), 4, DIRTY_ACCESSED | DIRTY_KEEP));
    EXPECT_EQUAL(*bitmap, 3);
    EXPECT_STATUS(OK, os_dirty(child.id, LAZY(0), 4, DIRTY_WRITTEN));
    EXPECT_EQUAL(*bitmap, 1);
    os_child_end(&child);
    os_pages_give(pages, 4);
}

// A pager above another: asks the one below for the page by the same message, into a window of its own.
static void ask_for_the_same(uint64_t window) {
    struct message got =
        os_call(OS_CHILD_PORT, MESSAGE_FAULT | (uint64_t)FAULT_WRITE << TAG_LABEL_SHIFT, 0, window, 0x3000, 1, 0);
    EXPECT_STATUS(OK, got);
    store(window, 88);
}

TEST(a_pager_gets_a_page_from_a_pager_below_by_the_same_message) {
    uint64_t page = os_pages_take(1);
    struct os_child child = client_made(ask_for_the_same, OS_ARENA_START + 0x100000);
    os_child_start(&child);
    struct message fault = client_message(&child);
    EXPECT_EQUAL(TAG_KIND(fault.tag), MESSAGE_FAULT);
    EXPECT_EQUAL(fault.badge, OS_BADGE_CALL);
    EXPECT_EQUAL(FAULT_ACCESS(label_of(&fault)), FAULT_WRITE);
    EXPECT_EQUAL(fault.word[2], 0x3000);
    EXPECT_EQUAL(verdict_map(&fault, page, fault.word[1], 1, BOTH_RIGHTS), STATUS_OK);
    suite_child_finish(&child);
    EXPECT_EQUAL(load(page), 88);
    os_pages_give(page, 1);
}

static void ask_and_be_refused(uint64_t window) {
    struct message got =
        os_call(OS_CHILD_PORT, MESSAGE_FAULT | (uint64_t)FAULT_READ << TAG_LABEL_SHIFT, 0, window, 0x3000, 1, 0);
    EXPECT_STATUS(FAILED, got);
    EXPECT_EQUAL(got.tag, 12);
}

TEST(a_pager_below_answers_with_an_error) {
    struct os_child child = client_start(ask_and_be_refused, OS_ARENA_START + 0x100000);
    struct message fault = client_message(&child);
    EXPECT_EQUAL(verdict_of(&fault, VERDICT_FAIL, 12, 0, 0, 0), STATUS_OK);
    suite_child_finish(&child);
}

static void use_memory_of_its_account(uint64_t va) {
    store(va, 1);
    results[6] = suite_frames_in_use();
    tell(1);
    results[7] = suite_frames_in_use();
}

TEST(a_client_pays_for_frames_that_its_pager_allocates_for_it) {
    uint64_t page = os_pages_take(1), its = os_range_take(10, 1);
    uint64_t before = suite_frames_in_use();
    struct os_child child = client_start(use_memory_of_its_account, LAZY(0));
    struct message fault = client_fault(&child);
    verdict_map(&fault, page, LAZY(0), 1, BOTH_RIGHTS);
    struct message call = client_message(&child);
    uint64_t mine = suite_frames_in_use();
    EXPECT_STATUS(OK, os_alloc(its, 10, BOTH_RIGHTS, child.id, LAZY(0)));
    EXPECT_EQUAL(suite_frames_in_use(), mine);
    os_reply(call.token, VERDICT_REPLY, 0, 0, 0, 0, 0);
    struct message last;
    EXPECT(os_child_wait(&child, &last));
    EXPECT_EQUAL(results[7], results[6] + 10);
    os_pages_give(its, 10);
    os_child_end(&child);
    EXPECT_EQUAL(suite_frames_in_use(), before);
    os_pages_give(page, 1);
}

TEST(regions_are_split_and_removed_in_part) {
    uint64_t page = os_pages_take(1);
    struct os_child child = client_made(write_mapped, LAZY(20));
    EXPECT_STATUS(TAKEN, os_region(child.space, LAZY(63), 2, child.port, 1, 0, RIGHT_READ, 0));
    EXPECT_STATUS(OK, os_region(child.space, LAZY(10), 5, REGION_REMOVE, 0, 0, 0, 0));
    EXPECT_STATUS(OK, os_map2(page, child.id, LAZY(9), 1, RIGHT_READ));
    EXPECT_STATUS(ABSENT, os_map2(page, child.id, LAZY(10), 1, RIGHT_READ));
    EXPECT_STATUS(ABSENT, os_map2(page, child.id, LAZY(14), 1, RIGHT_READ));
    EXPECT_STATUS(OK, os_map2(page, child.id, LAZY(15), 1, RIGHT_READ));
    struct message detached = client_message(&child);
    EXPECT_EQUAL(TAG_KIND(detached.tag), MESSAGE_DETACHED);
    EXPECT_EQUAL(detached.word[1], LAZY(10));
    EXPECT_EQUAL(detached.word[2], LAZY_OFFSET + 10 * 4096);
    EXPECT_EQUAL(detached.word[3], 5);
    os_child_start(&child);
    struct message fault = client_fault(&child);
    EXPECT_EQUAL(page_of(fault.word[2]), LAZY_OFFSET + 20 * 4096);
    os_child_end(&child);
    os_pages_give(page, 1);
}
