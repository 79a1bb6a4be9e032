// SPDX-License-Identifier: MIT
// How a system call says no. It refuses first, and then does not fail.
#pragma once

#include <abi/call.h>

#include "handle.h"
#include "thread.h"

// Not a status: no correct program makes such a call. The caller faults, at its ecall. trap_entry knows it as -1.
#define MISUSED UINT64_MAX

static inline struct result result(uint64_t status, uint64_t value)
{
    return (struct result){status, value};
}

static inline bool pages_are_valid(uint64_t va, uint64_t pages)
{
    return va % PAGE_SIZE == 0 && va < USER_END && pages != 0 && pages <= (USER_END - va) / PAGE_SIZE;
}

static inline bool rights_are_valid(uint64_t rights, uint64_t allowed)
{
    return (rights & ~allowed) == 0 && ((rights & RIGHT_WRITE) == 0 || (rights & RIGHT_READ) != 0);
}
