// SPDX-License-Identifier: MIT
// How a system call says no. It refuses first, and then does not fail.
#pragma once

#include "handle.h"
#include "thread.h"

// Not a status: no correct program makes such a call. The caller faults, at its ecall. trap_entry knows it as -1.
#define MISUSED UINT64_MAX

// What a call returns in a0 and a1. A struct of two words would go through the stack, with the compiler as it is.
typedef unsigned __int128 sys_result;

static inline sys_result result(uint64_t status, uint64_t value) { return (sys_result)value << 64 | status; }

static inline uint64_t status_of(sys_result result) { return (uint64_t)result; }

static inline bool pages_are_valid(uint64_t va, uint64_t pages) {
    return va % PAGE_SIZE == 0 && va < USER_END && pages != 0 && pages <= (USER_END - va) / PAGE_SIZE;
}

static inline bool rights_are_valid(uint64_t rights, uint64_t allowed) {
    return (rights & ~allowed) == 0 && ((rights & RIGHT_WRITE) == 0 || (rights & RIGHT_READ) != 0);
}
