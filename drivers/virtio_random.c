// SPDX-License-Identifier: MIT
// A virtio device that gives random bytes (virtio 1.0, section 5.4): one queue, of which one place is used.
#include "virtio_random.h"

#include <os/arena.h>
#include <os/print.h>
#include <os/stubs.h>
#include <os/threads.h>
#include <os/time.h>

#include "virtio_registers.h"

enum { LATE = 1 << 0, HEARD = 1 << 1, ANSWER_TIME = 2000000, WRITTEN_BY_DEVICE = 2, AVAILABLE_AT = 64, USED_AT = 128 };

struct descriptor {
    uint64_t at; // physical
    uint32_t size;
    uint16_t flags, next;
};

struct available {
    uint16_t flags, count, first[1];
};

struct used {
    uint16_t flags, count;
    struct {
        uint32_t first, written;
    } ring[1];
};

static uint64_t physical(uint64_t va) {
    os_physical(OS_SLOT_CONSOLE, va, 1);
    return *(const uint64_t *)os_self()->message + va % OS_PAGE;
}

static void write_address(const struct random_device *device, unsigned word, uint64_t at) {
    device->registers[word] = (uint32_t)at;
    device->registers[word + 1] = (uint32_t)(at >> 32);
}

static bool refuse(const struct os_device *given, const char *why) {
    os_print("random: the device of interrupt %lu cannot be used: %s\n", given->interrupt, why);
    return false;
}

static const char *negotiate(struct random_device *device) {
    volatile uint32_t *registers = device->registers;
    registers[STATUS] = 0;
    registers[STATUS] = ACKNOWLEDGED | HAS_DRIVER;
    registers[OFFERED_WORD] = 1;
    if ((registers[OFFERED] & FEATURE_MODERN) == 0) return "it does not speak virtio 1.0";
    registers[ACCEPTED_WORD] = 0;
    registers[ACCEPTED] = 0;
    registers[ACCEPTED_WORD] = 1;
    registers[ACCEPTED] = FEATURE_MODERN;
    registers[STATUS] |= FEATURES_OK;
    if ((registers[STATUS] & FEATURES_OK) == 0) return "it does not accept what we can do";
    registers[QUEUE_NUMBER] = 0;
    if (registers[QUEUE_MOST] == 0) return "it has no queue";
    device->page = os_pages_take(1);
    device->ring = os_pages_take(1);
    device->port = os_port_create().value;
    if (device->page == 0 || device->ring == 0 || device->port == 0) return "there is no memory";
    uint64_t at = physical(device->ring);
    registers[QUEUE_COUNT] = 1;
    write_address(device, QUEUE_DESCRIPTORS, at);
    write_address(device, QUEUE_AVAILABLE, at + AVAILABLE_AT);
    write_address(device, QUEUE_USED, at + USED_AT);
    *(struct descriptor *)device->ring = (struct descriptor){physical(device->page), OS_PAGE, WRITTEN_BY_DEVICE, 0};
    registers[QUEUE_READY] = 1;
    registers[STATUS] |= WORKS;
    return NULL;
}

bool random_begin(struct random_device *device, const struct os_device *given) {
    *device = (struct random_device){.registers = (volatile uint32_t *)given->va};
    if (device->registers[MAGIC] != IS_VIRTIO || device->registers[DEVICE] != IS_RANDOM) return false;
    if (device->registers[VERSION] == LEGACY) return refuse(given, "it speaks the legacy interface");
    const char *wrong = negotiate(device);
    if (wrong != NULL) return refuse(given, wrong);
    os_interrupt(OS_SLOT_CONSOLE, given->interrupt, device->port, HEARD);
    return true;
}

// What comes late stays where it is written: the device is not asked again before it has answered.
uint32_t random_fill(struct random_device *device) {
    struct available *available = (struct available *)(device->ring + AVAILABLE_AT);
    const struct used *used = (const struct used *)(device->ring + USED_AT);
    uint64_t give_up = os_after(ANSWER_TIME);
    if (device->asked == device->seen) {
        __atomic_store_n(&available->count, ++device->asked, __ATOMIC_RELEASE);
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        device->registers[QUEUE_NOTIFY] = 0;
    }
    while (__atomic_load_n(&used->count, __ATOMIC_ACQUIRE) == device->seen) {
        if (os_now() >= give_up) return 0;
        os_timer(device->port, LATE, give_up);
        os_recv(device->port, 0);
        device->registers[INTERRUPT_HEARD] = device->registers[INTERRUPT];
    }
    device->seen++;
    uint32_t written = *(const volatile uint32_t *)&used->ring[0].written;
    return written <= OS_PAGE ? written : 0;
}
