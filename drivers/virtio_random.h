// SPDX-License-Identifier: MIT
// A virtio device that gives random bytes.
#pragma once

#include <os/start_block.h>
#include <stdbool.h>
#include <stdint.h>

struct random_device {
    volatile uint32_t *registers;
    uint64_t page;        // where it writes
    uint64_t ring;        // page of the queue
    uint64_t port;        // where its interrupt is heard
    uint16_t asked, seen; // requests, ever
};

// => false: it is none, or cannot be used, and it has been said why
bool random_begin(struct random_device *device, const struct os_device *given);
// => bytes that are in its page now; 0: it does not give any
uint32_t random_fill(struct random_device *device);
