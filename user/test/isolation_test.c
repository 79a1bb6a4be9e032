// SPDX-License-Identifier: MIT
// A program without handles can do nothing to anybody.
#include "client.h"

#include <os/arena.h>
#include <os/ranges.h>

static OS_SHARED uint64_t others[3]; // ids of spaces
static OS_SHARED volatile uint64_t done;

enum { HANDLES_TRIED = 70 };

#define NOTHING(call) EXPECT((call).status != STATUS_OK)

// `handle` is none of the caller's.
static void try_objects(uint64_t handle, uint64_t mine) {
    NOTHING(os_call(handle, MESSAGE_CALL, 0, 0, 0, 0, 0));
    NOTHING(os_recv(handle, RECV_POLL));
    NOTHING(os_notify(handle, 1));
    NOTHING(os_mint(handle, HANDLE_ALL, 0));
    NOTHING(os_give(handle, HANDLE_SELF, 9));
    NOTHING(os_close(handle));
    NOTHING(os_destroy(handle));
    NOTHING(os_timer(handle, 1, 1));
    NOTHING(os_region(handle, LAZY_START, 1, REGION_SELF, 0, 0, RIGHT_READ, 0));
    NOTHING(os_region(HANDLE_SELF, 0x30000000, 1, handle, 0, 0, RIGHT_READ, 0));
    NOTHING(os_thread_create(handle, mine, mine, 0, 31));
    for (uint64_t what = 0; what < 8; what++) {
        NOTHING(os_thread_control(handle, what, mine));
        NOTHING(os_space_control(handle, what, 1, 1));
    }
}

static void try_machine(uint64_t handle, uint64_t mine) {
    NOTHING(os_console(handle, CONSOLE_WRITE, 1));
    NOTHING(os_console(handle, CONSOLE_READ, 0));
    NOTHING(os_interrupt(handle, 10, OS_CHILD_PORT, 1));
    NOTHING(os_events(handle, 0, mine));
    NOTHING(os_power(handle, POWER_HOW_OFF, 1));
}

static void try_memory(uint64_t space, uint64_t mine) {
    for (uint64_t va = 0; va < 0x30000000; va += 0x7fff000) {
        NOTHING(os_map2(mine, space, va, 1, RIGHT_READ));
        NOTHING(os_unmap(space, va, 1));
        NOTHING(os_prot(space, va, 1, 0));
        NOTHING(os_unprot(space, va, 1, RIGHTS_ACCESS));
        NOTHING(os_dirty(space, va, 1, DIRTY_WRITTEN));
        NOTHING(os_query(space, va, 1));
        struct batch_entry *entry = os_self()->message;
        *entry = (struct batch_entry){.call = CALL_unmap, .space = space, .va = va, .pages = 1};
        os_batch(1);
        EXPECT(entry->status != STATUS_OK);
    }
    NOTHING(os_alloc(mine + OS_PAGE, 1, RIGHT_READ, space, mine));
    NOTHING(os_alloc(mine + OS_PAGE, 1, RIGHT_READ, space, 0x10000));
}

static void try_everything(uint64_t argument) {
    (void)argument;
    os_handler_set(suite_handler);
    uint64_t mine = os_range_take(2, 1);
    EXPECT_STATUS(OK, os_alloc(mine, 1, BOTH_RIGHTS, 0, 0));
    for (uint64_t handle = 1; handle < HANDLES_TRIED; handle++) {
        if (os_close(handle).status == STATUS_OK && handle < OS_CHILD_SLOTS)
            continue; // what its maker gave it: it does without
    }
    for (uint64_t handle = 1; handle < HANDLES_TRIED; handle++) {
        try_objects(handle, mine);
        try_machine(handle, mine);
    }
    try_objects(UINT64_MAX, mine);
    try_objects(UINT64_C(1) << 32, mine);
    for (unsigned i = 0; i < 3; i++) try_memory(others[i], mine);
    uint64_t token = 1;
    for (unsigned i = 0; i < 200; i++)
        NOTHING(os_reply(suite_random(&token) << 32 | suite_random(&token), VERDICT_REPLY, 0, 0, 0, 0, 0));
    done = 1;
    for (;;) os_recv(os_port_create().value, 0);
}

TEST(a_program_without_handles_can_do_nothing_to_anybody) {
    struct result bystander = os_space_create(16, 1);
    done = 0;
    others[0] = os_space_control(HANDLE_SELF, SPACE_ID, 0, 0).value;
    others[1] = os_space_control(bystander.value, SPACE_ID, 0, 0).value;
    others[2] = others[0] + (UINT64_C(1) << 32);
    struct os_child child = suite_child(try_everything, 0);
    while (done == 0) suite_sleep(1000);
    os_child_end(&child);
    EXPECT_STATUS(OK, os_space_control(bystander.value, SPACE_ID, 0, 0));
    os_end(bystander.value);
}

static void touch_the_kernel(uint64_t argument) {
    (void)argument;
    load(argument);
}

TEST(the_kernels_addresses_cannot_be_touched) {
    static const uint64_t addresses[] = {UINT64_C(0xffffffff80000000), UINT64_C(0xffffffc080200000),
                                         UINT64_C(0x8000000000000000), 0};
    for (unsigned i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        struct os_child child = suite_child(touch_the_kernel, addresses[i]);
        struct message exception = client_message(&child);
        EXPECT_EQUAL(TAG_KIND(exception.tag), MESSAGE_FAULT);
        EXPECT_EQUAL(exception.badge, OS_BADGE_EXCEPTION);
        EXPECT_EQUAL(FAULT_ACCESS(label_of(&exception)), FAULT_READ);
        EXPECT_EQUAL(FAULT_ERROR(label_of(&exception)), FAULT_NO_REGION);
        EXPECT_EQUAL(exception.word[1], addresses[i]);
        os_child_end(&child);
    }
}

static void misuse(uint64_t argument) {
    (void)argument;
    os_close(1000);
}

TEST(misuse_without_a_handler_goes_to_the_exception_port) {
    struct os_child child = suite_child(misuse, 0);
    struct message exception = client_message(&child);
    EXPECT_EQUAL(TAG_KIND(exception.tag), MESSAGE_FAULT);
    EXPECT_EQUAL(FAULT_ACCESS(label_of(&exception)), FAULT_MISUSE);
    EXPECT_EQUAL(*(const uint16_t *)exception.word[3], 0x73); // ecall
    os_child_end(&child);
}

static void write_above_the_region(uint64_t argument) {
    (void)argument;
    store(LAZY_START, 1);
}

TEST(a_region_bounds_the_rights_of_its_pager) {
    uint64_t page = os_pages_take(1);
    struct os_child child = suite_child_made(write_above_the_region, 0, CHILD_QUOTA, 1);
    EXPECT_STATUS(OK, os_region(child.space, LAZY_START, 1, child.port, LAZY_COOKIE, 0, RIGHT_READ, 0));
    EXPECT(os_map2(page, child.id, LAZY_START, 1, BOTH_RIGHTS).status != STATUS_OK);
    EXPECT_STATUS(OK, os_map2(page, child.id, LAZY_START, 1, RIGHT_READ));
    EXPECT(os_unprot(child.id, LAZY_START, 1, BOTH_RIGHTS).status != STATUS_OK);
    os_child_start(&child);
    struct message exception = client_message(&child);
    EXPECT_EQUAL(exception.badge, OS_BADGE_EXCEPTION);
    EXPECT_EQUAL(FAULT_ERROR(label_of(&exception)), FAULT_NO_RIGHT);
    os_child_end(&child);
    os_pages_give(page, 1);
}

static void give_without_the_right(uint64_t argument) {
    (void)argument;
    os_handler_set(suite_handler);
    load(LAZY_START);
    uint64_t va = os_range_take(1, 1);
    EXPECT_STATUS(DENIED, os_map2(LAZY_START, 0, va, 1, RIGHT_READ));
}

TEST(a_page_granted_without_the_right_to_share_goes_no_further) {
    uint64_t page = os_pages_take(1);
    struct os_child child = client_start(give_without_the_right, 0);
    struct message fault = client_fault(&child);
    verdict_map(&fault, page, LAZY_START, 1, RIGHT_READ);
    suite_child_finish(&child);
    os_pages_give(page, 1);
}
