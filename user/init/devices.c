// SPDX-License-Identifier: MIT
// Devices that a ward drives: given to it, and silenced before its memory is anybody else's.
#include "devices.h"

#include <abi/start.h>
#include <os/arena.h>
#include <os/time.h>

#include "load.h"
#include "string.h"

enum {
    VIRTIO_DEVICE = 0x08,
    VIRTIO_RANDOM = 4,
    VIRTIO_STATUS = 0x70,
    UART_ENABLE = 1,
    RTC_LOW = 0,
    RTC_HIGH = 4,
    NANOSECONDS = 1000000000
};

static const struct start_devices *all(void) { return (const struct start_devices *)START_DEVICES; }

static uint64_t start_of(const struct start_device *device) { return device->va & ~(uint64_t)(OS_PAGE - 1); }

static uint64_t pages_of(const struct start_device *device) {
    return (device->va + device->size - start_of(device) + OS_PAGE - 1) / OS_PAGE;
}

// What gives random numbers has a server of its own; all other virtio devices have one together.
static const char *kind_of(const struct start_device *device) {
    if (!string_equal(device->kind, "virtio-mmio") || device->va == 0) return device->kind;
    bool is_random = *(const volatile uint32_t *)(device->va + VIRTIO_DEVICE) == VIRTIO_RANDOM;
    return is_random ? "virtio-random" : device->kind;
}

static bool is_its(const struct start_device *device, const char *kind) {
    return device->va != 0 && string_equal(kind_of(device), kind);
}

uint32_t devices_harts(void) { return (uint32_t)all()->harts; }

// Reading the lower half makes the device keep the upper one.
uint64_t devices_seconds(void) {
    for (uint64_t i = 0; i < all()->count; i++) {
        const struct start_device *device = &all()->device[i];
        if (!is_its(device, "goldfish-rtc")) continue;
        uint64_t low = *(const volatile uint32_t *)(device->va + RTC_LOW);
        uint64_t high = *(const volatile uint32_t *)(device->va + RTC_HIGH);
        return (high << 32 | low) / NANOSECONDS - os_now() / os_ticks_per_second;
    }
    return 0;
}

uint64_t devices_give(struct ward *ward) {
    const uint64_t rights = RIGHT_READ | RIGHT_WRITE;
    uint64_t va = OS_DEVICES;
    for (uint64_t i = 0; i < all()->count; i++) {
        const struct start_device *device = &all()->device[i];
        if (!is_its(device, ward->device)) continue;
        uint64_t pages = pages_of(device);
        if (pages > (START_MESSAGE_PAGE - va) / OS_PAGE) return STATUS_FULL;
        uint64_t status = load_region(ward, va, pages, rights);
        if (status == STATUS_OK) status = os_map2(start_of(device), ward->id, va, pages, rights).status;
        if (status != STATUS_OK) return status;
        ward->block->device[ward->block->device_count++] =
            (struct os_device){va + device->va % OS_PAGE, device->size, device->interrupt};
        va += pages * OS_PAGE;
    }
    return STATUS_OK;
}

// First it loses them, so that it cannot tell them anything new; the device has let go of all memory when the write of
// a zero to its status is done.
void devices_silence(const struct ward *ward) {
    for (uint64_t i = 0, va = OS_DEVICES; i < all()->count; i++) {
        const struct start_device *device = &all()->device[i];
        if (!is_its(device, ward->device)) continue;
        os_unmap(ward->id, va, pages_of(device));
        va += pages_of(device) * OS_PAGE;
        if (string_equal(device->kind, "virtio-mmio")) *(volatile uint32_t *)(device->va + VIRTIO_STATUS) = 0;
        if (!string_equal(device->kind, "uart-16550")) continue;
        *(volatile uint8_t *)(device->va + UART_ENABLE) = 0;
        os_console(HANDLE_MACHINE, CONSOLE_WATCH, CONSOLE_WATCH_KEYS);
    }
}
