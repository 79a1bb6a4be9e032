// SPDX-License-Identifier: MIT
// Between the fuzzer, which makes worlds, and the threads in them, which try to break the kernel.
#pragma once

#include <abi/call.h>
#include <os/child.h>
#include <stdbool.h>
#include <stdint.h>

#define FUZZ_WINDOW 0x18000000ul // a region of each space's own
#define FUZZ_PAGED  0x1c000000ul // of the client: the pager's to answer for

enum {
    FUZZ_PAGES = 64,
    FUZZ_THREADS = 3, // in each space
    // Handles: what the pager knows of the client, and the client of the pager.
    FUZZ_OTHER_SPACE = OS_CHILD_SLOTS,
    FUZZ_OTHER_THREAD,
    FUZZ_OTHER_PORT,
    FUZZ_MISUSE = STATUS_COUNT,
    FUZZ_STATUSES,
};

struct fuzz_shared {
    volatile uint64_t calls[FUZZ_THREADS * 2]; // made by each thread
    volatile uint64_t statuses[FUZZ_STATUSES];
    uint64_t ids[2];
    uint64_t seed;
    volatile bool ready;
};

extern struct fuzz_shared fuzz_shared;

// The first function of the pager (which: 0) and the client (1).
void fuzz_run(uint64_t which);

static inline uint64_t fuzz_random(uint64_t *state) {
    *state = *state * 6364136223846793005ull + 1442695040888963407ull;
    return *state >> 33;
}
