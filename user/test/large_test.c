// SPDX-License-Identifier: MIT
// Large pages: made where they fit, shared as such, split by what is done to a part.
#include "probe.h"

#include <os/arena.h>

// Where no page table is yet: there is room for large pages.
enum { LARGE = 512 };
#define LARGE_START 0x40000000ul

static uint64_t large_pages(uint64_t count) {
    os_handler_set(probe_note);
    EXPECT_STATUS(OK, os_region(HANDLE_SELF, LARGE_START, count * LARGE, REGION_SELF, 0, 0, BOTH_RIGHTS, 0));
    EXPECT_STATUS(OK, os_alloc(LARGE_START, LARGE, BOTH_RIGHTS, 0, 0));
    EXPECT_EQUAL(probe_state(0, LARGE_START + 17 * OS_PAGE) & (PAGE_LARGE | PAGE_PRESENT), PAGE_LARGE | PAGE_PRESENT);
    return LARGE_START;
}

static void split_a_large_page(uint64_t argument) {
    (void)argument;
    uint64_t va = large_pages(1);
    for (uint64_t i = 0; i < LARGE; i++) store(va + i * OS_PAGE, i);
    EXPECT_STATUS(OK, os_prot(0, va + 17 * OS_PAGE, 1, RIGHT_READ));
    EXPECT_EQUAL(probe_state(0, va + 17 * OS_PAGE) & PAGE_LARGE, 0);
    EXPECT(probe_faults(va + 17 * OS_PAGE, true));
    EXPECT_STATUS(OK, os_unmap(0, va + 300 * OS_PAGE, 1));
    EXPECT(probe_faults(va + 300 * OS_PAGE, false));
    probe_seen = 0;
    for (uint64_t i = 0; i < LARGE; i++) EXPECT(i == 300 || load(va + i * OS_PAGE) == i);
    EXPECT_EQUAL(probe_seen, 0);
}

TEST(a_large_page_is_split_by_what_is_done_to_a_part) {
    struct os_child child = suite_child_made(split_a_large_page, 0, 1000, 1);
    os_child_start(&child);
    suite_child_finish(&child);
}

static void map_a_large_page_again(uint64_t argument) {
    (void)argument;
    uint64_t va = large_pages(2), second = va + LARGE * OS_PAGE;
    EXPECT_STATUS(OK, os_map2(va, 0, second, LARGE, BOTH_RIGHTS));
    EXPECT_EQUAL(probe_state(0, second) & PAGE_LARGE, PAGE_LARGE);
    store(va + 100 * OS_PAGE, 5);
    EXPECT_EQUAL(load(second + 100 * OS_PAGE), 5);
    EXPECT_STATUS(OK, os_unmap(0, va, LARGE));
    EXPECT_EQUAL(load(second + 100 * OS_PAGE), 5);
}

TEST(a_large_page_is_mapped_again_as_a_large_page) {
    struct os_child child = suite_child_made(map_a_large_page_again, 0, 1000, 1);
    os_child_start(&child);
    suite_child_finish(&child);
}
