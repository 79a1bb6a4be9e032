// SPDX-License-Identifier: MIT
// Arguments that cannot be, quotas that are exhausted, waits that would close a cycle, ends in the midst of work.
#include "client.h"

#include <os/arena.h>
#include <os/ranges.h>

#define USER_END      UINT64_C(0x4000000000)
#define KERNEL        UINT64_C(0xffffffff80000000)
#define REFUSED(call) EXPECT((call).status != STATUS_OK)

TEST(map2_refuses_pages_that_one_does_not_have) {
    uint64_t va = os_range_take(2, 1);
    EXPECT_STATUS(ABSENT, os_map2(va, 0, va + OS_PAGE, 1, RIGHT_READ));
    REFUSED(os_map2(KERNEL, 0, va, 1, RIGHT_READ));
    REFUSED(os_map2(UINT64_C(0xffffffc080000000), 0, va, 1, RIGHT_READ));
    REFUSED(os_map2(USER_END, 0, va, 1, RIGHT_READ));
    REFUSED(os_map2(UINT64_MAX - 4095, 0, va, 1, RIGHT_READ));
    os_range_give(va, 2);
}

TEST(map2_refuses_addresses_of_the_kernel_and_beyond_the_end) {
    uint64_t page = os_pages_take(2);
    REFUSED(os_map2(page, 0, KERNEL, 1, RIGHT_READ));
    REFUSED(os_map2(page, 0, UINT64_C(0xffffffc080000000), 1, RIGHT_READ));
    REFUSED(os_map2(page, 0, USER_END - OS_PAGE, 2, RIGHT_READ));
    REFUSED(os_map2(page, 0, UINT64_MAX - 4095, 2, RIGHT_READ));
    REFUSED(os_map2(page, 0, USER_END, 1, RIGHT_READ));
    os_pages_give(page, 2);
}

TEST(no_number_of_pages_is_too_large_to_be_refused) {
    uint64_t page = os_pages_take(2), va = os_range_take(1, 1);
    const uint64_t counts[] = {UINT64_C(1) << 63, UINT64_MAX, UINT64_C(1) << 52, (UINT64_C(1) << 52) - 1,
                               UINT64_C(1) << 51};
    for (unsigned i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        REFUSED(os_map2(page, 0, va, counts[i], RIGHT_READ));
        REFUSED(os_alloc(page, counts[i], RIGHT_READ, 0, 0));
        REFUSED(os_region(HANDLE_SELF, page, counts[i], REGION_SELF, 0, 0, RIGHT_READ, 0));
        REFUSED(os_query(0, page, counts[i]));
        REFUSED(os_unmap(0, va, counts[i]));
        REFUSED(os_prot(0, va, counts[i], RIGHTS_ACCESS));
        REFUSED(os_unprot(0, va, counts[i], RIGHT_READ));
        REFUSED(os_dirty(0, va, counts[i], DIRTY_WRITTEN));
    }
    REFUSED(os_batch(BATCH_ENTRIES + 1));
    REFUSED(os_batch(UINT64_MAX));
    os_unmap(0, va, 1);
    os_range_give(va, 1);
    os_pages_give(page, 2);
}

TEST(zero_pages_change_nothing) {
    uint64_t page = os_pages_take(1), va = os_range_take(1, 1);
    os_map2(page, 0, va, 0, RIGHT_READ);
    os_alloc(va, 0, RIGHT_READ, 0, 0);
    os_unmap(0, page, 0);
    os_prot(0, page, 0, 0);
    os_unprot(0, page, 0, RIGHT_READ);
    os_dirty(0, page, 0, DIRTY_WRITTEN);
    os_query(0, page, 0);
    os_region(HANDLE_SELF, page, 0, REGION_REMOVE, 0, 0, 0, 0);
    os_batch(0);
    store(page, 1);
    EXPECT_EQUAL(load(page), 1);
    os_query(0, va, 1);
    EXPECT_EQUAL(*(uint64_t *)os_self()->message & PAGE_PRESENT, 0);
    os_range_give(va, 1);
    os_pages_give(page, 1);
}

TEST(addresses_inside_of_pages_are_refused) {
    uint64_t page = os_pages_take(1), va = os_range_take(1, 1);
    REFUSED(os_map2(page + 8, 0, va, 1, RIGHT_READ));
    REFUSED(os_map2(page, 0, va + 8, 1, RIGHT_READ));
    REFUSED(os_alloc(va + 2048, 1, RIGHT_READ, 0, 0));
    REFUSED(os_region(HANDLE_SELF, 0x30000001, 1, REGION_SELF, 0, 0, RIGHT_READ, 0));
    os_range_give(va, 1);
    os_pages_give(page, 1);
}

static void break_the_message_page(uint64_t argument) {
    (void)argument;
    os_handler_set(suite_handler);
    uint64_t message = (uint64_t)os_self()->message, va = os_range_take(1, 1);
    REFUSED(os_map2(message, 0, va, 1, RIGHT_READ));
    REFUSED(os_alloc(message, 1, BOTH_RIGHTS, 0, 0));
    os_prot(0, message, 1, 0);
    EXPECT_STATUS(OK, os_query(0, va, 1)); // writes to the page by the kernel's own mapping
    os_unprot(0, message, 1, BOTH_RIGHTS);
    os_unmap(0, message, 1);
    EXPECT_STATUS(OK, os_query(0, va, 1));
    EXPECT_STATUS(OK, os_thread_control(OS_CHILD_THREAD, THREAD_MESSAGE_PAGE, message));
    EXPECT_STATUS(OK, os_query(0, va, 1));
    EXPECT_EQUAL(*(uint64_t *)message & PAGE_PRESENT, 0);
}

TEST(a_message_page_is_the_kernels_whatever_its_thread_does_to_it) {
    struct os_child child = suite_child(break_the_message_page, 0);
    suite_child_finish(&child);
}

// ---- quotas ----

static void expect_no_memory(uint64_t va) {
    EXPECT_STATUS(NO_MEMORY, os_alloc(va, 1, BOTH_RIGHTS, 0, 0));
    EXPECT_STATUS(NO_MEMORY, os_space_create(1, 1));
    EXPECT_STATUS(NO_MEMORY, os_thread_create(HANDLE_SELF, va, va, 0, 1));
    uint64_t far = OS_ARENA_START + 0x2000000; // where there is no page table yet
    EXPECT_STATUS(NO_MEMORY, os_alloc(far, 1, BOTH_RIGHTS, 0, 0));
    EXPECT_STATUS(NO_MEMORY, os_prot(0, far, 1, RIGHT_READ));
    EXPECT_STATUS(NO_MEMORY, os_map2(OS_ARENA_START, 0, far, 1, RIGHT_READ));
    struct result result = {STATUS_OK, 0};
    uint64_t small = 0;
    for (; result.status == STATUS_OK && small < 1000; small++)
        result = os_port_create(); // until the last frame of small objects is full
    EXPECT_STATUS(NO_MEMORY, result);
    EXPECT_STATUS(NO_MEMORY, os_region(HANDLE_SELF, 0x40000000, 1, REGION_SELF, 0, 0, RIGHT_READ, 0));
    for (result.status = STATUS_OK, small = 0; result.status == STATUS_OK && small < 1000; small++)
        result = os_mint(OS_CHILD_PORT, HANDLE_NOTIFY, 0);
    EXPECT(result.status == STATUS_NO_MEMORY || result.status == STATUS_DENIED);
}

static void exhaust(uint64_t argument) {
    (void)argument;
    os_handler_set(suite_handler);
    uint64_t va = os_range_take(1000, 1);
    EXPECT_STATUS(OK, os_alloc(OS_ARENA_START + 0x1000000, 1, BOTH_RIGHTS, 0, 0));
    struct result all = os_alloc_range(va, 1000, BOTH_RIGHTS, 0, 0);
    EXPECT_STATUS(NO_MEMORY, all);
    expect_no_memory(va + all.value * OS_PAGE);
    EXPECT_STATUS(OK, os_unmap(0, va, 4));
    EXPECT_STATUS(OK, os_alloc(va, 4, BOTH_RIGHTS, 0, 0));
    EXPECT_STATUS(NO_MEMORY, os_alloc(va + all.value * OS_PAGE, 1, BOTH_RIGHTS, 0, 0));
    EXPECT_STATUS(OK, os_unmap_range(0, va, 1000));
    struct result thread = os_thread_create(HANDLE_SELF, va, va, 0, 1);
    EXPECT_STATUS(OK, thread);
}

TEST(an_exhausted_quota_is_a_status_in_every_call_that_allocates) {
    struct os_child child = suite_child_made(exhaust, 0, 64, 1);
    os_child_start(&child);
    suite_child_finish(&child);
}

TEST(a_quota_is_part_of_its_makers) {
    os_space_control(HANDLE_SELF, SPACE_COUNTERS, 0, 0);
    const struct space_counters *counters = os_self()->message;
    uint64_t free = counters->quota - counters->used, quota = counters->quota;
    EXPECT_STATUS(NO_MEMORY, os_space_create(free + 1, 1));
    EXPECT_STATUS(NO_MEMORY, os_space_create(UINT64_MAX, 1));
    struct result space = os_space_create(100, 1);
    EXPECT_STATUS(OK, space);
    EXPECT_STATUS(OK, os_space_control(space.value, SPACE_QUOTA_GIVE, 20, 0));
    EXPECT_STATUS(OK, os_space_control(space.value, SPACE_COUNTERS, 0, 0));
    EXPECT_EQUAL(counters->quota, 120);
    EXPECT_STATUS(OK, os_space_control(space.value, SPACE_QUOTA_TAKE, 50, 0));
    EXPECT_STATUS(NO_MEMORY, os_space_control(space.value, SPACE_QUOTA_TAKE, 70, 0));
    EXPECT_STATUS(NO_MEMORY, os_space_control(space.value, SPACE_QUOTA_GIVE, UINT64_MAX, 0));
    os_end(space.value);
    os_space_control(HANDLE_SELF, SPACE_COUNTERS, 0, 0);
    EXPECT_EQUAL(counters->quota, quota);
}

// ---- cycles ----

static OS_SHARED volatile uint64_t ring_status[3];

// A link of the ring: tells its port, is told the next one's, serves one call by calling on.
static void link_of_ring(uint64_t which) {
    uint64_t port = os_port_create().value, copy = os_mint(port, HANDLE_SEND | HANDLE_PASS, 0).value;
    struct message next = os_call(OS_CHILD_PORT, MESSAGE_CALL | TAG_HANDLE, 0, 0, 0, 0, copy);
    struct message call = os_recv(port, 0);
    ring_status[which] = os_call(next.handle, MESSAGE_CALL, 0, 0, 0, 0, 0).status;
    os_reply(call.token, VERDICT_REPLY, 0, 0, 0, 0, 0);
}

static void close_a_ring(unsigned size) {
    struct os_child links[3];
    struct message begun[3];
    for (unsigned i = 0; i < size; i++) {
        links[i] = suite_child(link_of_ring, i);
        begun[i] = client_message(&links[i]);
    }
    uint64_t first = begun[0].handle;
    for (unsigned i = 0; i < size; i++)
        os_reply(begun[i].token, VERDICT_REPLY | TAG_HANDLE, 0, 0, 0, 0, begun[(i + 1) % size].handle);
    suite_sleep(5000); // now all receive
    EXPECT_STATUS(OK, os_call(first, MESSAGE_CALL, 0, 0, 0, 0, 0));
    for (unsigned i = 0; i < size; i++) {
        suite_child_finish(&links[i]);
        EXPECT_EQUAL(ring_status[i], i + 1 == size ? STATUS_DEADLOCK : STATUS_OK);
        os_close(begun[i].handle);
    }
}

TEST(a_wait_cycle_of_two_is_refused) { close_a_ring(2); }

TEST(a_wait_cycle_of_three_is_refused) { close_a_ring(3); }

TEST(a_region_points_only_to_ports_of_a_lower_rank) {
    struct result low = os_space_create(16, 0), high = os_space_create(16, 3);
    EXPECT_STATUS(OK, high);
    uint64_t port = os_port_create().value;
    if (low.status == STATUS_OK) {
        REFUSED(os_region(low.value, LAZY_START, 1, port, 0, 0, RIGHT_READ, 0));
        os_end(low.value);
    }
    EXPECT_STATUS(OK, os_region(high.value, LAZY_START, 1, port, 0, 0, RIGHT_READ, 0));
    REFUSED(os_region(HANDLE_SELF, LAZY_START, 1, port, 0, 0, RIGHT_READ, 0));
    os_end(high.value);
    os_recv(port, RECV_POLL);
    os_end(port);
}
