// SPDX-License-Identifier: MIT
// What is often done with a handle.
#pragma once

#include <os/stubs.h>

// Destroys the object, to the end. => STATUS_OK, or why not
static inline uint64_t os_finish(uint64_t handle) {
    uint64_t status;
    do status = os_destroy(handle).status;
    while (status == STATUS_MORE);
    return status;
}

// Stops a thread, wherever it runs. => STATUS_OK, or why not
static inline uint64_t os_stop(uint64_t thread) {
    uint64_t status;
    do status = os_thread_control(thread, THREAD_STOP, 0).status;
    while (status == STATUS_MORE);
    return status;
}

// The object is destroyed, and the handle closed.
static inline void os_end(uint64_t handle) {
    os_finish(handle);
    os_close(handle);
}
