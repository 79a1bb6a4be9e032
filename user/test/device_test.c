// SPDX-License-Identifier: MIT
// Devices: their pages, their interrupts, and where in memory the pages are that they are to use.
#include <abi/start.h>

#include "suite.h"

#include <os/arena.h>

#include "string.h"

#include <stddef.h>

enum { UART_DATA = 0, UART_ENABLE = 1, UART_IDENTIFY = 2, EMPTY_INTERRUPTS = 2, EMPTY_CAUSE = 2, CAUSE = 6 };

static const struct start_devices *devices(void) { return (const struct start_devices *)START_DEVICES; }

static const struct start_device *device_of(const char *kind) {
    for (uint64_t i = 0; i < devices()->count; i++) {
        if (string_equal(devices()->device[i].kind, kind)) return &devices()->device[i];
    }
    return NULL;
}

TEST(the_first_program_finds_the_devices) {
    EXPECT(devices()->count >= 9); // QEMU's eight places for virtio, and the serial line
    EXPECT_STATUS(OK, os_query(0, START_DEVICES, 1));
    EXPECT_EQUAL(PAGE_GRANTED(*(const uint64_t *)os_self()->message), RIGHT_READ | RIGHT_SHARE);
    for (uint64_t i = 0; i < devices()->count; i++) {
        const struct start_device *device = &devices()->device[i];
        EXPECT(device->va > START_DEVICES && device->size > 0 && device->interrupt > 0);
    }
    const struct start_device *virtio = device_of("virtio-mmio");
    EXPECT(virtio != NULL);
    EXPECT_EQUAL(*(volatile uint32_t *)virtio->va, 0x74726976);
}

TEST(a_devices_page_is_passed_on_and_never_counted) {
    uint64_t from = device_of("virtio-mmio")->va, va = os_range_take(2, 1);
    EXPECT_STATUS(OK, os_map2(from, 0, va, 1, RIGHT_READ | RIGHT_WRITE | RIGHT_SHARE));
    EXPECT_EQUAL(*(volatile uint32_t *)va, 0x74726976);
    EXPECT_STATUS(OK, os_map2(va, 0, va + OS_PAGE, 1, RIGHT_READ)); // from the copy, too
    EXPECT_EQUAL(*(volatile uint32_t *)(va + OS_PAGE), 0x74726976);
    EXPECT_STATUS(OK, os_query(0, va, 2));
    const uint64_t *states = os_self()->message;
    EXPECT_EQUAL(PAGE_OWNER(states[0]), 0);
    EXPECT_EQUAL(PAGE_GRANTED(states[1]), RIGHT_READ);
    EXPECT_STATUS(DENIED, os_map2(va + OS_PAGE, 0, va, 1, RIGHT_READ)); // without the right to share
    EXPECT_STATUS(OK, os_unmap(0, va, 2));
    EXPECT_EQUAL(*(volatile uint32_t *)from, 0x74726976);
    os_range_give(va, 2);
}

static void look_at_device(uint64_t va) { EXPECT_EQUAL(*(volatile uint32_t *)va, 0x74726976); }

TEST(a_devices_page_can_be_another_spaces) {
    const uint64_t place = 0x30000000;
    struct os_child child = suite_child_made(look_at_device, place, CHILD_QUOTA, 1);
    uint64_t port = os_mint(child.port, HANDLE_SEND, 77).value, rights = RIGHT_READ | RIGHT_WRITE;
    EXPECT_STATUS(OK, os_region(child.space, place, 1, port, 0, 0, rights, 0));
    EXPECT_STATUS(OK, os_map2(device_of("virtio-mmio")->va, child.id, place, 1, rights));
    os_child_start(&child);
    suite_child_finish(&child);
    os_close(port);
}

// The transmitter is empty: who lets it tell so is told at once.
TEST(a_device_interrupts_until_it_is_served) {
    const struct start_device *uart = device_of("uart-16550");
    volatile uint8_t *registers = (volatile uint8_t *)uart->va;
    uint64_t port = os_port_create().value;
    EXPECT_STATUS(OK, os_interrupt(HANDLE_MACHINE, uart->interrupt, port, 0x30));
    EXPECT_STATUS(EMPTY, os_recv(port, RECV_POLL));
    for (unsigned times = 0; times < 5; times++) {
        registers[UART_ENABLE] = EMPTY_INTERRUPTS;
        struct message message = os_recv(port, 0);
        EXPECT_EQUAL(TAG_KIND(message.tag), MESSAGE_NOTIFY);
        EXPECT_EQUAL(message.word[0], 0x30);
        suite_sleep(200);
        EXPECT_STATUS(EMPTY, os_recv(port, RECV_POLL)); // silent, though its line is up
        EXPECT_EQUAL(registers[UART_IDENTIFY] & CAUSE, EMPTY_CAUSE);
        registers[UART_ENABLE] = 0;
        EXPECT_STATUS(OK, os_interrupt(HANDLE_MACHINE, uart->interrupt, 0, 0));
        EXPECT_STATUS(EMPTY, os_recv(port, RECV_POLL));
    }
    os_end(port);
}

TEST(a_listener_that_ends_in_the_middle_leaves_the_device_to_the_next) {
    const struct start_device *uart = device_of("uart-16550");
    volatile uint8_t *registers = (volatile uint8_t *)uart->va;
    for (unsigned times = 0; times < 3; times++) {
        uint64_t port = os_port_create().value;
        EXPECT_STATUS(OK, os_interrupt(HANDLE_MACHINE, uart->interrupt, port, 1));
        registers[UART_ENABLE] = EMPTY_INTERRUPTS;
        EXPECT_EQUAL(os_recv(port, 0).word[0], 1);
        os_end(port);
        registers[UART_ENABLE] = 0;
    }
}

TEST(a_second_listener_takes_the_place_of_the_first) {
    const struct start_device *uart = device_of("uart-16550");
    volatile uint8_t *registers = (volatile uint8_t *)uart->va;
    uint64_t first = os_port_create().value, second = os_port_create().value;
    os_interrupt(HANDLE_MACHINE, uart->interrupt, first, 1);
    os_interrupt(HANDLE_MACHINE, uart->interrupt, second, 2);
    registers[UART_ENABLE] = EMPTY_INTERRUPTS;
    EXPECT_EQUAL(os_recv(second, 0).word[0], 2);
    EXPECT_STATUS(EMPTY, os_recv(first, RECV_POLL));
    registers[UART_ENABLE] = 0;
    os_interrupt(HANDLE_MACHINE, uart->interrupt, 0, 0);
    os_end(first);
    os_end(second);
}

TEST(who_may_interrupt_may_also_take_the_keys_from_the_kernel) {
    uint64_t weak = os_mint(HANDLE_MACHINE, HANDLE_CONSOLE, 0).value;
    EXPECT_STATUS(OK, os_console(weak, CONSOLE_WRITE, 0));
    EXPECT_STATUS(DENIED, os_console(weak, CONSOLE_WATCH, CONSOLE_WATCH_NOT));
    for (uint64_t times = 0; times < 3; times++) {
        EXPECT_STATUS(OK, os_console(HANDLE_MACHINE, CONSOLE_WATCH, CONSOLE_WATCH_NOT));
        EXPECT_STATUS(OK, os_console(HANDLE_MACHINE, CONSOLE_WATCH, CONSOLE_WATCH_KEYS));
    }
    EXPECT_STATUS(MISUSE, os_console(HANDLE_MACHINE, CONSOLE_WATCH, CONSOLE_WATCH_WAITS + 1));
    os_close(weak);
}

TEST(physical_addresses_are_told_page_by_page) {
    uint64_t va = os_pages_take(5), *told = os_self()->message, first;
    EXPECT_STATUS(OK, os_physical(HANDLE_MACHINE, va, 5));
    first = told[0];
    for (unsigned i = 0; i < 5; i++) {
        EXPECT(told[i] >= 0x80000000 && told[i] % OS_PAGE == 0);
        EXPECT(i == 0 || told[i] != told[i - 1]);
    }
    EXPECT_STATUS(OK, os_map2(va, 0, va + OS_PAGE, 1, RIGHT_READ)); // the same frame by another name
    EXPECT_STATUS(OK, os_physical(HANDLE_MACHINE, va + OS_PAGE, 1));
    EXPECT_EQUAL(told[0], first);
    os_prot(0, va, 1, 0); // whatever may be done with it
    EXPECT_STATUS(OK, os_physical(HANDLE_MACHINE, va, 1));
    EXPECT_EQUAL(told[0], first);
    os_unmap(0, va + 3 * OS_PAGE, 1);
    struct result result = os_physical(HANDLE_MACHINE, va, 5);
    EXPECT_STATUS(ABSENT, result);
    EXPECT_EQUAL(result.value, 3);
    os_pages_give(va, 5);
}

static void look_at_large_page(uint64_t va) {
    uint64_t *told = os_self()->message;
    EXPECT_STATUS(OK, os_region(HANDLE_SELF, va, 1024, REGION_SELF, 0, 0, RIGHTS_ACCESS, 0));
    EXPECT_STATUS(OK, os_alloc(va, 512, RIGHT_READ | RIGHT_WRITE, 0, 0));
    EXPECT_STATUS(OK, os_physical(HANDLE_MACHINE, va, 512));
    uint64_t first = told[0];
    for (unsigned i = 0; i < 512; i++) EXPECT_EQUAL(told[i], first + i * OS_PAGE);
    EXPECT_STATUS(OK, os_physical(HANDLE_MACHINE, va + 77 * OS_PAGE, 1));
    EXPECT_EQUAL(told[0], first + 77 * OS_PAGE);
    struct result result = os_physical(HANDLE_MACHINE, va, 1024);
    EXPECT_STATUS(MORE, result);
    EXPECT_EQUAL(result.value, 512);
}

TEST(physical_addresses_in_a_large_page_follow_each_other) {
    struct os_child child = suite_child_made(look_at_large_page, 0x40000000, 1000, 1);
    uint64_t machine = os_mint(HANDLE_MACHINE, HANDLE_DMA | HANDLE_PASS, 0).value;
    EXPECT_STATUS(OK, os_give(child.space, machine, HANDLE_MACHINE));
    os_child_start(&child);
    suite_child_finish(&child);
    os_close(machine);
}

TEST(physical_addresses_of_what_is_no_range_are_misuse) {
    EXPECT_STATUS(MISUSE, os_physical(HANDLE_MACHINE, 0x10001, 1));
    EXPECT_STATUS(MISUSE, os_physical(HANDLE_MACHINE, 0x10000, 0));
    EXPECT_STATUS(MISUSE, os_physical(HANDLE_MACHINE, UINT64_C(0xffffffc080000000), 1));
    EXPECT_STATUS(MISUSE, os_physical(HANDLE_SELF, 0x10000, 1));
    EXPECT_STATUS(ABSENT, os_physical(HANDLE_MACHINE, 0, 1));
    EXPECT_STATUS(ABSENT, os_physical(HANDLE_MACHINE, 0x3ffffff000, 1));
}
