// SPDX-License-Identifier: MIT
// anon and zero: memory that comes when it is touched, and goes when it is given back.
#include "lazy.h"

#include <os/ranges.h>

enum { PAGES = 64, NUMBER = 7 };

static void write_and_read(uint64_t va) {
    for (uint64_t page = 0; page < PAGES; page += 3) EXPECT_EQUAL(load(va + page * 4096 + 8), 0);
    for (uint64_t page = 0; page < PAGES; page++) store(va + page * 4096, page + 1);
    for (uint64_t page = 0; page < PAGES; page++) EXPECT_EQUAL(load(va + page * 4096), page + 1);
}

static struct pager_stat use(const char *kind, void (*function)(uint64_t argument), uint64_t options, uint64_t pages) {
    struct host host = host_start(HOST_QUOTA);
    struct os_child child = lazy_client(&host, function, LAZY_START, NUMBER);
    uint64_t cookie = host_attach(&host, &child, kind, LAZY_START, pages, options, NUMBER);
    os_child_start(&child);
    await_end(&child);
    struct pager_stat stat = host_stat(&host, cookie);
    os_child_end(&child);
    EXPECT_EQUAL(host_stat(&host, 0).objects, 0);
    host_end(&host);
    return stat;
}

TEST(untouched_memory_is_zero_and_keeps_what_is_written) {
    struct pager_stat stat = use("anon", write_and_read, BOTH_RIGHTS, PAGES);
    EXPECT_EQUAL(stat.resident, PAGES);
    EXPECT_EQUAL(stat.dirty, PAGES);
    stat = use("zero", write_and_read, BOTH_RIGHTS, PAGES);
    EXPECT_EQUAL(stat.resident, PAGES);
    EXPECT(stat.cases[PAGER_CASE_zero_read] > 0);
    EXPECT(stat.cases[PAGER_CASE_zero_write] > 0);
}

static void only_read(uint64_t va) {
    for (uint64_t page = 0; page < PAGES; page++) EXPECT_EQUAL(load(va + page * 4096), 0);
}

TEST(zero_memory_that_is_only_read_takes_no_frame) {
    struct pager_stat stat = use("zero", only_read, BOTH_RIGHTS, PAGES);
    EXPECT_EQUAL(stat.resident, 0);
    EXPECT(stat.cases[PAGER_CASE_zero_read] < PAGES / 4);
}

static void walk_upwards(uint64_t va) {
    for (uint64_t page = 0; page < 256; page++) store(va + page * 4096, 1);
}

TEST(who_walks_upwards_faults_once_for_several_pages) {
    struct pager_stat stat = use("anon", walk_upwards, BOTH_RIGHTS, 256);
    EXPECT_EQUAL(stat.resident, 256);
    EXPECT(stat.cases[PAGER_CASE_fresh] < 256 / 8);
}

static void jump_about(uint64_t va) {
    for (uint64_t page = 0; page < 256; page += 2) store(va + page * 4096, 1);
}

TEST(who_jumps_about_gets_only_what_it_touches) {
    EXPECT_EQUAL(use("anon", jump_about, BOTH_RIGHTS, 256).resident, 128);
}

static void grow_and_shrink(uint64_t va) {
    struct os_object heap;
    uint64_t pages = 0;
    EXPECT_EQUAL(os_attach(&heap, LAZY_PAGER, "anon", va, PAGES, BOTH_RIGHTS | PAGER_EMPTY, 0), PAGER_OK);
    EXPECT_EQUAL(try_store(va, 1), PAGER_OUTSIDE);
    EXPECT_EQUAL(os_resize(&heap, 40, &pages), PAGER_OK);
    EXPECT_EQUAL(pages, 40);
    for (uint64_t page = 0; page < 40; page++) store(va + page * 4096, page + 1);
    EXPECT_EQUAL(try_store(va + 40 * 4096, 1), PAGER_OUTSIDE);
    struct pager_stat before, after;
    EXPECT_EQUAL(os_pager_stat(LAZY_PAGER, heap.cookie, &before), PAGER_OK);
    EXPECT_EQUAL(os_resize(&heap, -30, &pages), PAGER_OK);
    EXPECT_EQUAL(pages, 10);
    EXPECT_EQUAL(os_pager_stat(LAZY_PAGER, heap.cookie, &after), PAGER_OK);
    EXPECT_EQUAL(before.resident, 40);
    EXPECT_EQUAL(after.resident, 10);
    EXPECT_EQUAL(after.frames - after.frames_free + 30, before.frames - before.frames_free);
    EXPECT_EQUAL(try_load(va + 10 * 4096), PAGER_OUTSIDE);
    EXPECT_EQUAL(tried_va(), va + 10 * 4096);
    EXPECT_EQUAL(os_resize(&heap, -11, &pages), PAGER_OUTSIDE);
    EXPECT_EQUAL(os_resize(&heap, 55, &pages), PAGER_OUTSIDE);
    EXPECT_EQUAL(os_resize(&heap, INT64_MIN, &pages), PAGER_OUTSIDE);
    EXPECT_EQUAL(os_resize(&heap, 54, &pages), PAGER_OK);
    for (uint64_t page = 0; page < PAGES; page++) EXPECT_EQUAL(load(va + page * 4096), page < 10 ? page + 1 : 0);
    EXPECT_EQUAL(os_detach(&heap), PAGER_OK);
}

TEST(a_heap_that_shrinks_gives_its_frames_back_and_grows_again_with_zeros) { lazy_alone(grow_and_shrink, NUMBER); }

static void overflow_a_stack(uint64_t va) {
    struct os_object stack;
    EXPECT_EQUAL(os_attach(&stack, LAZY_PAGER, "anon", va, PAGES, BOTH_RIGHTS | PAGER_STACK, 0), PAGER_OK);
    for (uint64_t page = PAGES - 1; page > 0; page--) store(va + page * 4096 + 16, page);
    EXPECT_EQUAL(try_store(va + 4096 - 8, 1), PAGER_STACK_OVERFLOW);
    EXPECT_EQUAL(tried_va(), va + 4096 - 8);
    EXPECT_EQUAL(load(va + 4096 + 16), 1);
    EXPECT_EQUAL(os_detach(&stack), PAGER_OK);
}

TEST(a_stack_grows_down_and_its_overflow_is_reported_with_the_address) { lazy_alone(overflow_a_stack, NUMBER); }

static void give_back(uint64_t va) {
    struct os_object object;
    struct pager_stat stat;
    EXPECT_EQUAL(os_attach(&object, LAZY_PAGER, "zero", va, PAGES, BOTH_RIGHTS, 0), PAGER_OK);
    for (uint64_t page = 0; page < PAGES; page++) store(va + page * 4096, page + 1);
    EXPECT_EQUAL(os_discard(&object, 8, 16), PAGER_OK);
    EXPECT_EQUAL(os_pager_stat(LAZY_PAGER, object.cookie, &stat), PAGER_OK);
    EXPECT_EQUAL(stat.resident, PAGES - 16);
    for (uint64_t page = 0; page < PAGES; page++)
        EXPECT_EQUAL(load(va + page * 4096), page >= 8 && page < 24 ? 0 : page + 1);
    EXPECT_EQUAL(os_discard(&object, 60, 5), PAGER_OUTSIDE);
    EXPECT_EQUAL(os_detach(&object), PAGER_OK);
}

TEST(pages_that_are_discarded_are_zero_and_take_no_frame) { lazy_alone(give_back, NUMBER); }

static void go_wrong(uint64_t va) {
    struct os_object object;
    EXPECT_EQUAL(os_attach(&object, LAZY_PAGER, "anon", va, PAGES, RIGHT_READ, 0), PAGER_OK);
    EXPECT_EQUAL(load(va), 0);
    EXPECT_EQUAL(try_store(va, 1), 1000 + FAULT_NO_RIGHT); // the region's own rights: the kernel says so
    EXPECT_STATUS(OK, os_region_range(HANDLE_SELF, va, PAGES, REGION_REMOVE, 0, 0, 0, 0));
    EXPECT_EQUAL(os_attach(&object, LAZY_PAGER, "anon", va, PAGES, RIGHT_READ, 0), PAGER_OK);
    os_region_range(HANDLE_SELF, va, PAGES, REGION_REMOVE, 0, 0, 0, 0);
    EXPECT_EQUAL(os_attach(&object, LAZY_PAGER, "anon", va, PAGES / 2, RIGHT_READ, 0), PAGER_OK);
    os_region_range(HANDLE_SELF, va, PAGES / 2, REGION_REMOVE, 0, 0, 0, 0);
    // Regions that promise more than the object has, and one of an object that is no more.
    EXPECT_EQUAL(os_attach(&object, LAZY_PAGER, "anon", va, PAGES / 2, RIGHT_READ, 0), PAGER_OK);
    uint64_t cookie = object.cookie;
    EXPECT_STATUS(
        OK, os_region(HANDLE_SELF, va + PAGES / 2 * 4096, 2, LAZY_PAGER, cookie, PAGES / 2 * 4096, BOTH_RIGHTS, 0));
    EXPECT_EQUAL(try_load(va + PAGES / 2 * 4096), PAGER_OUTSIDE);
    EXPECT_STATUS(OK, os_region(HANDLE_SELF, va + PAGES * 4096, 1, LAZY_PAGER, cookie, 0, BOTH_RIGHTS, 0));
    EXPECT_EQUAL(try_load(va + PAGES * 4096), PAGER_OUTSIDE); // not where it was attached
    EXPECT_EQUAL(load(va), 0);
    const uint64_t word[5] = {cookie};
    EXPECT_EQUAL(os_pager_ask(LAZY_PAGER, PAGER_CALL_detach, word, NULL), PAGER_OK);
    EXPECT_EQUAL(try_load(va), PAGER_NO_OBJECT);
    EXPECT_EQUAL(try_store(va + 4096, 1), 1000 + FAULT_NO_RIGHT);
}

TEST(faults_outside_without_a_right_and_on_a_detached_object_are_typed_errors) { lazy_alone(go_wrong, NUMBER); }

static void read_a_ruler(uint64_t va) {
    struct os_object ruler;
    EXPECT_EQUAL(os_attach(&ruler, LAZY_PAGER, "ruler", va, PAGES, BOTH_RIGHTS, 0), PAGER_OK);
    for (uint64_t word = 0; word < PAGES * 512; word += 100) EXPECT_EQUAL(load(va + word * 8), word);
    store(va, 7);
    EXPECT_EQUAL(load(va), 7);
    EXPECT_EQUAL(os_discard(&ruler, 0, 1), PAGER_OK);
    EXPECT_EQUAL(load(va), 0);
    EXPECT_EQUAL(load(va + 8), 1);
    struct os_object copy;
    EXPECT_EQUAL(os_snapshot(&ruler, va + LAZY_SPACES * 4096, &copy), PAGER_UNSUPPORTED);
    EXPECT_EQUAL(os_detach(&ruler), PAGER_OK);
}

TEST(a_kind_of_ones_own_takes_forty_lines) { lazy_alone(read_a_ruler, NUMBER); }
