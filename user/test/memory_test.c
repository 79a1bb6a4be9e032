// SPDX-License-Identifier: MIT
// The memory calls, on memory that the test manages itself.
#include "probe.h"

#include <os/arena.h>
#include <os/ranges.h>
#include <os/threads.h>
#include <stddef.h>

TEST(fresh_pages_are_zero_even_where_others_were) {
    uint64_t va = os_pages_take(4);
    for (unsigned round = 0; round < 3; round++) {
        for (uint64_t at = va; at < va + 4 * OS_PAGE; at += 8) {
            EXPECT_EQUAL(load(at), 0);
            store(at, ~at);
        }
        EXPECT_STATUS(OK, os_unmap(0, va, 4));
        EXPECT_STATUS(OK, os_alloc(va, 4, BOTH_RIGHTS, 0, 0));
    }
    os_pages_give(va, 4);
}

TEST(alloc_does_not_replace_what_is_there) {
    uint64_t va = os_pages_take(2);
    store(va + OS_PAGE, 5);
    EXPECT_STATUS(OK, os_unmap(0, va, 1));
    struct result again = os_alloc(va, 2, BOTH_RIGHTS, 0, 0);
    EXPECT_EQUAL(again.status, STATUS_TAKEN);
    EXPECT_EQUAL(again.value, 1);
    EXPECT_EQUAL(load(va + OS_PAGE), 5);
    os_pages_give(va, 2);
}

TEST(alloc_needs_a_region_of_ones_own) {
    EXPECT_STATUS(ABSENT, os_alloc(0x30000000, 1, BOTH_RIGHTS, 0, 0));
    struct result straddling = os_alloc(START_END - OS_PAGE, 2, RIGHT_READ, 0, 0);
    EXPECT(straddling.status != STATUS_OK);
    os_unmap(0, START_END - OS_PAGE, 1);
}

TEST(one_frame_answers_at_two_addresses) {
    uint64_t va = os_pages_take(1), second = os_range_take(1, 1);
    EXPECT_STATUS(OK, os_map2(va, 0, second, 1, BOTH_RIGHTS));
    store(va, 77);
    EXPECT_EQUAL(load(second), 77);
    store(second, 78);
    EXPECT_EQUAL(load(va), 78);
    EXPECT_STATUS(OK, os_unmap(0, va, 1));
    EXPECT_EQUAL(load(second), 78);
    os_pages_give(second, 1);
    os_range_give(va, 1);
}

TEST(a_page_is_given_on_only_with_the_rights_that_one_has) {
    uint64_t va = os_pages_take(1), second = os_range_take(1, 1), third = os_range_take(1, 1);
    EXPECT_STATUS(OK, os_map2(va, 0, second, 1, RIGHT_READ | RIGHT_SHARE));
    EXPECT_STATUS(DENIED, os_map2(second, 0, third, 1, BOTH_RIGHTS));
    EXPECT_STATUS(OK, os_map2(second, 0, third, 1, RIGHT_READ));
    EXPECT_STATUS(DENIED, os_map2(third, 0, third + OS_PAGE, 1, RIGHT_READ));
    os_unmap(0, second, 1);
    os_pages_give(third, 1);
    os_pages_give(va, 1);
    os_range_give(second, 1);
}

TEST(what_is_unmapped_faults) {
    uint64_t va = os_pages_take(2);
    os_handler_set(probe_note);
    EXPECT_EQUAL(load(va), 0);
    EXPECT_STATUS(OK, os_unmap(0, va, 2));
    EXPECT(probe_faults(va + 8, false));
    EXPECT(probe_faults(va + OS_PAGE, true));
    EXPECT_EQUAL(probe_label & FAULT_PRESENT, 0);
    EXPECT_STATUS(OK, os_unmap(0, va, 2));
    os_range_give(va, 2);
}

TEST(prot_lowers_and_unprot_raises_again) {
    uint64_t va = os_pages_take(3);
    os_handler_set(probe_note);
    for (uint64_t i = 0; i < 3; i++) store(va + i * OS_PAGE, 100 + i);
    EXPECT_STATUS(OK, os_prot(0, va, 3, RIGHT_READ));
    EXPECT_EQUAL(load(va + OS_PAGE), 101);
    EXPECT(probe_faults(va + OS_PAGE, true));
    EXPECT_EQUAL(probe_label & FAULT_PRESENT, FAULT_PRESENT);
    EXPECT_EQUAL(FAULT_ERROR(probe_label), FAULT_NONE);
    EXPECT_STATUS(OK, os_prot(0, va, 3, 0));
    EXPECT(probe_faults(va, false));
    EXPECT(probe_faults(va + 2 * OS_PAGE, true));
    EXPECT_STATUS(OK, os_unprot(0, va + OS_PAGE, 2, BOTH_RIGHTS));
    EXPECT(probe_faults(va, false));
    probe_seen = 0;
    EXPECT_EQUAL(load(va + OS_PAGE), 101);
    store(va + 2 * OS_PAGE, 9);
    EXPECT_EQUAL(load(va + 2 * OS_PAGE), 9);
    EXPECT_EQUAL(probe_seen, 0);
    EXPECT_STATUS(OK, os_unprot(0, va, 1, BOTH_RIGHTS));
    EXPECT_EQUAL(load(va), 100);
    os_pages_give(va, 3);
}

TEST(unprot_costs_no_shootdown_and_prot_one) {
    uint64_t va = os_pages_take(100);
    for (uint64_t i = 0; i < 100; i++) store(va + i * OS_PAGE, 1);
    const struct space_counters *counters = os_self()->message;
    os_space_control(HANDLE_SELF, SPACE_COUNTERS, 0, 0);
    uint64_t before = counters->shootdowns;
    EXPECT_STATUS(OK, os_prot(0, va, 100, 0));
    os_space_control(HANDLE_SELF, SPACE_COUNTERS, 0, 0);
    EXPECT_EQUAL(counters->shootdowns, before + 1);
    EXPECT_STATUS(OK, os_unprot(0, va, 100, BOTH_RIGHTS));
    for (uint64_t i = 0; i < 100; i++) EXPECT_EQUAL(load(va + i * OS_PAGE), 1);
    os_space_control(HANDLE_SELF, SPACE_COUNTERS, 0, 0);
    EXPECT_EQUAL(counters->shootdowns, before + 1);
    os_pages_give(va, 100);
}

static volatile uint64_t written_va;

static void write_for_ever(uint64_t unused) {
    (void)unused;
    os_handler_set(probe_note);
    for (uint64_t i = 1;; i++) store(written_va, i);
}

TEST(a_right_withheld_is_gone_on_every_hart) {
    written_va = os_pages_take(1);
    struct os_thread *writer = os_thread_run(write_for_ever, 0, OS_PRIORITY);
    for (unsigned round = 0; round < 20; round++) {
        for (uint64_t before = load(written_va); load(written_va) == before;) suite_sleep(100);
        EXPECT_STATUS(OK, os_prot(0, written_va, 1, RIGHT_READ));
        uint64_t last = load(written_va);
        for (unsigned i = 0; i < 1000; i++) EXPECT_EQUAL(load(written_va), last);
        suite_sleep(100);
        EXPECT_EQUAL(load(written_va), last);
        EXPECT_STATUS(OK, os_unprot(0, written_va, 1, BOTH_RIGHTS));
    }
    os_thread_kill(writer);
    os_pages_give(written_va, 1);
}

TEST(rights_can_be_withheld_from_pages_that_are_not_there_yet) {
    uint64_t va = os_range_take(1, 1);
    EXPECT_STATUS(OK, os_prot(0, va, 1, RIGHT_READ));
    EXPECT_STATUS(OK, os_alloc(va, 1, BOTH_RIGHTS, 0, 0));
    os_handler_set(probe_note);
    EXPECT_EQUAL(load(va), 0);
    EXPECT(probe_faults(va, true));
    EXPECT_EQUAL(PAGE_WITHHELD(probe_state(0, va)) & RIGHT_WRITE, RIGHT_WRITE);
    EXPECT_STATUS(OK, os_unprot(0, va, 1, BOTH_RIGHTS));
    probe_seen = 0;
    store(va, 3);
    EXPECT_EQUAL(probe_seen, 0);
    os_pages_give(va, 1);
}

TEST(dirty_tells_each_written_page_once) {
    uint64_t va = os_pages_take(8);
    probe_dirty(0, va, 8, DIRTY_WRITTEN);
    store(va + OS_PAGE, 1);
    store(va + 5 * OS_PAGE + 8, 1);
    load(va + 6 * OS_PAGE);
    EXPECT_EQUAL(probe_dirty(0, va, 8, DIRTY_WRITTEN | DIRTY_KEEP), 0x22);
    EXPECT_EQUAL(probe_dirty(0, va, 8, DIRTY_WRITTEN), 0x22);
    EXPECT_EQUAL(probe_dirty(0, va, 8, DIRTY_WRITTEN), 0);
    store(va + OS_PAGE, 2);
    EXPECT_EQUAL(probe_dirty(0, va, 8, DIRTY_WRITTEN), 2);
    os_pages_give(va, 8);
}

TEST(accessed_tells_each_touched_page_once) {
    uint64_t va = os_pages_take(8);
    probe_dirty(0, va, 8, DIRTY_ACCESSED);
    probe_dirty(0, va, 8, DIRTY_WRITTEN);
    store(va + OS_PAGE, 1);
    load(va + 6 * OS_PAGE);
    EXPECT_EQUAL(probe_dirty(0, va, 8, DIRTY_ACCESSED | DIRTY_KEEP), 0x42);
    EXPECT_EQUAL(probe_dirty(0, va, 8, DIRTY_ACCESSED), 0x42);
    EXPECT_EQUAL(probe_dirty(0, va, 8, DIRTY_ACCESSED), 0);
    EXPECT_EQUAL(probe_dirty(0, va, 8, DIRTY_WRITTEN), 2);
    os_pages_give(va, 8);
}

TEST(a_batch_works_on_scattered_pages_with_one_shootdown) {
    uint64_t va = os_pages_take(70);
    for (uint64_t i = 0; i < 70; i++) store(va + i * OS_PAGE, i);
    probe_dirty(0, va, 70, DIRTY_WRITTEN);
    store(va + 3 * OS_PAGE, 1);
    store(va + 60 * OS_PAGE, 1);
    os_space_control(HANDLE_SELF, SPACE_COUNTERS, 0, 0);
    uint64_t before = ((const struct space_counters *)os_self()->message)->shootdowns;
    struct batch_entry *entry = os_self()->message;
    entry[0] = (struct batch_entry){.call = CALL_prot, .rights = RIGHT_READ, .va = va, .pages = 8};
    entry[1] = (struct batch_entry){.call = CALL_dirty, .rights = DIRTY_WRITTEN, .va = va + 32 * OS_PAGE, .pages = 32};
    entry[2] = (struct batch_entry){.call = CALL_unmap, .va = va + 69 * OS_PAGE, .pages = 1};
    struct result result = os_batch(3);
    EXPECT_STATUS(OK, result);
    EXPECT_EQUAL(result.value, 3);
    EXPECT_EQUAL(entry[0].status, STATUS_OK);
    EXPECT_EQUAL(entry[0].dirty, 8);
    EXPECT_EQUAL(entry[0].old & RIGHTS_ACCESS, BOTH_RIGHTS);
    EXPECT_EQUAL(entry[1].status, STATUS_OK);
    EXPECT_EQUAL(entry[1].dirty, 1u << 28);
    EXPECT_EQUAL(entry[2].status, STATUS_OK);
    os_space_control(HANDLE_SELF, SPACE_COUNTERS, 0, 0);
    EXPECT_EQUAL(((const struct space_counters *)os_self()->message)->shootdowns, before + 1);
    os_handler_set(probe_note);
    EXPECT(probe_faults(va, true));
    EXPECT(probe_faults(va + 69 * OS_PAGE, false));
    os_unprot(0, va, 8, BOTH_RIGHTS);
    os_pages_give(va, 70);
}

TEST(a_batch_works_across_spaces) {
    uint64_t page = os_pages_take(1);
    struct os_child child = suite_child_made(NULL, 0, CHILD_QUOTA, 1);
    EXPECT_STATUS(OK, os_region(child.space, LAZY_START, 4, child.port, 1, 0, BOTH_RIGHTS, 0));
    EXPECT_STATUS(OK, os_map2(page, child.id, LAZY(0), 1, BOTH_RIGHTS));
    EXPECT_STATUS(OK, os_map2(page, child.id, LAZY(3), 1, BOTH_RIGHTS));
    struct batch_entry *entry = os_self()->message;
    entry[0] =
        (struct batch_entry){.call = CALL_prot, .rights = RIGHT_READ, .space = child.id, .va = LAZY(0), .pages = 1};
    entry[1] = (struct batch_entry){.call = CALL_prot, .rights = RIGHT_READ, .va = page, .pages = 1};
    entry[2] = (struct batch_entry){.call = CALL_unmap, .space = child.id, .va = LAZY(3), .pages = 1};
    entry[3] = (struct batch_entry){.call = CALL_unmap, .space = child.id, .va = LAZY(4), .pages = 1};
    struct result result = os_batch(4);
    EXPECT_EQUAL(result.value, 3);
    EXPECT_EQUAL(entry[0].status | entry[1].status | entry[2].status, STATUS_OK);
    EXPECT_EQUAL(entry[3].status, STATUS_ABSENT);
    EXPECT_EQUAL(PAGE_GRANTED(probe_state(child.id, LAZY(0))), RIGHT_READ);
    EXPECT_EQUAL(probe_state(child.id, LAZY(3)) & PAGE_PRESENT, 0);
    EXPECT_EQUAL(PAGE_WITHHELD(probe_state(0, page)), RIGHT_WRITE | RIGHT_EXECUTE);
    os_child_end(&child);
    os_pages_give(page, 1);
}

TEST(a_stale_translation_is_settled_by_the_kernel) {
    uint64_t va = os_pages_take(1);
    os_handler_set(probe_note);
    for (unsigned i = 0; i < 10; i++) {
        store(va, i);
        EXPECT_STATUS(OK, os_prot(0, va, 1, RIGHT_READ));
        EXPECT_EQUAL(load(va), i); // the translation says: not to be written
        EXPECT_STATUS(OK, os_unprot(0, va, 1, BOTH_RIGHTS));
        probe_seen = 0;
        store(va, i + 1);
        EXPECT_EQUAL(probe_seen, 0);
    }
    os_pages_give(va, 1);
}

TEST(query_tells_what_is_there) {
    uint64_t va = os_pages_take(1);
    probe_dirty(0, va, 1, DIRTY_WRITTEN);
    load(va);
    uint64_t id = os_space_control(HANDLE_SELF, SPACE_ID, 0, 0).value;
    uint64_t state = probe_state(0, va);
    const uint64_t there = PAGE_PRESENT | PAGE_REGION | PAGE_SELF;
    EXPECT_EQUAL(state & there, there);
    EXPECT_EQUAL(PAGE_GRANTED(state), BOTH_RIGHTS | RIGHT_SHARE);
    EXPECT_EQUAL(PAGE_WITHHELD(state), 0);
    EXPECT_EQUAL(PAGE_OWNER(state), id >> 32);
    EXPECT_EQUAL(state & PAGE_DIRTY, 0);
    store(va, 1);
    EXPECT_EQUAL(probe_state(0, va) & (PAGE_DIRTY | PAGE_ACCESSED), PAGE_DIRTY | PAGE_ACCESSED);
    os_unmap(0, va, 1);
    EXPECT_EQUAL(probe_state(0, va) & (there | PAGE_GRANTED(~0u)), PAGE_REGION | PAGE_SELF);
    EXPECT_EQUAL(probe_state(0, 0x30000000), 0);
    os_range_give(va, 1);
}

TEST(more_than_a_batch_of_pages_is_done_in_parts) {
    enum { MANY = 2 * PAGES_PER_CALL + 3 };
    uint64_t va = os_range_take(MANY, 1);
    struct result first = os_alloc(va, MANY, BOTH_RIGHTS, 0, 0);
    EXPECT_EQUAL(first.status, STATUS_MORE);
    EXPECT(first.value > 0 && first.value <= PAGES_PER_CALL);
    struct result rest = os_alloc_range(va + first.value * OS_PAGE, MANY - first.value, BOTH_RIGHTS, 0, 0);
    EXPECT_STATUS(OK, rest);
    EXPECT_EQUAL(rest.value, MANY - first.value);
    store(va + (MANY - 1) * OS_PAGE, 1);
    EXPECT_STATUS(MORE, os_prot(0, va, MANY, RIGHT_READ));
    EXPECT_EQUAL(os_prot_range(0, va, MANY, RIGHT_READ).value, MANY);
    EXPECT_EQUAL(os_unprot_range(0, va, MANY, BOTH_RIGHTS).value, MANY);
    EXPECT_STATUS(MORE, os_unmap(0, va, MANY));
    EXPECT_EQUAL(os_unmap_range(0, va, MANY).value, MANY);
    os_range_give(va, MANY);
}

TEST(a_page_that_is_not_executable_cannot_be_run) {
    uint64_t va = os_pages_take(1);
    store(va, 0x8082); // ret
    os_handler_set(suite_handler);
    __asm__ volatile("fence.i");
    EXPECT_STATUS(OK, os_prot(0, va, 1, BOTH_RIGHTS));
    uint64_t second = os_range_take(1, 1);
    EXPECT_STATUS(OK, os_alloc(second, 1, BOTH_RIGHTS | RIGHT_EXECUTE, 0, 0));
    store(second, 0x8082);
    __asm__ volatile("fence.i");
    ((void (*)(void))second)();
    os_pages_give(second, 1);
    os_pages_give(va, 1);
}
