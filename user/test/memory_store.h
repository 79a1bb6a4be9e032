// SPDX-License-Identifier: MIT
// A backing store in the host's own memory, for tests: slow, full or broken on request.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// What the test asks of it, while it is at work.
struct memory_store {
    bool hold;               // nothing is done, for now
    bool fail_put, fail_get; // what is done fails
    bool refuse;             // nothing is begun
    uint64_t delay;          // microseconds for each
    uint64_t pages;          // that it holds; more than the host can have: it is not there
};
extern volatile struct memory_store memory_store;

// Asks nothing of it, but to hold so many pages.
void memory_store_set(uint64_t pages);
// Stands behind the host that calls this, before pager_start(). => false: there is no memory
bool memory_store_start(uint64_t port);
