// SPDX-License-Identifier: MIT
// The table of calls, and what becomes of those that are not in it.
#include "linux_call.h"

#include <os/print.h>

#include "linux_errors.h"
#include "linux_layout.h"

const void *const linux_calls[CALL_NUMBERS] = {
#define LINUX_CALL(number, name, parameters, tier, differs) [number] = linux_sys_##name,
#include "calls.def"
#undef LINUX_CALL
};

bool linux_trace;

static uint32_t missed[CALL_NUMBERS + 1]; // how often; those beyond the table together

int64_t linux_missing(uint64_t number) {
    uint32_t *count = &missed[number < CALL_NUMBERS ? number : CALL_NUMBERS];
    if (__atomic_fetch_add(count, 1, __ATOMIC_RELAXED) == 0 && linux_trace)
        os_print("linux: system call %lu is not there\n", number);
    return -ENOSYS;
}
