// SPDX-License-Identifier: MIT
// Limits of what the process may have.
#pragma once

#include <stdint.h>

enum linux_limit {
    LIMIT_CPU,
    LIMIT_FILE_SIZE,
    LIMIT_DATA,
    LIMIT_STACK,
    LIMIT_CORE,
    LIMIT_RESIDENT,
    LIMIT_PROCESSES,
    LIMIT_FILES,
    LIMIT_LOCKED,
    LIMIT_MEMORY,
    LIMIT_LOCKS,
    LIMIT_SIGNALS,
    LIMIT_MESSAGES,
    LIMIT_NICE,
    LIMIT_PRIORITY,
    LIMIT_TIME,
    LIMITS,
};

// What it is now; UINT64_MAX: none.
uint64_t limit_of(enum linux_limit what);
// What it may be set to.
uint64_t limit_most(enum linux_limit what);
