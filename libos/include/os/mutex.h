// SPDX-License-Identifier: MIT
// A lock between the threads of a space. Who must wait sleeps at a port.
#pragma once

#include <stdint.h>

struct os_mutex {
    uint32_t users; // who has it and who waits for it
    uint32_t port;
};

void os_mutex_start(struct os_mutex *mutex);
void os_mutex_end(struct os_mutex *mutex);
void os_mutex_lock(struct os_mutex *mutex);
void os_mutex_unlock(struct os_mutex *mutex);
