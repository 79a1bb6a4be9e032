// SPDX-License-Identifier: MIT
// Linux's system calls: a function for each row of calls.def, reached through one table.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define LINUX_CALL(number, name, parameters, tier, differs) int64_t linux_sys_##name parameters;
#include "calls.def"
#undef LINUX_CALL

extern const void *const linux_calls[];

// Say each call that is not there when it is made first.
extern bool linux_trace;

// A call that is not there. => -ENOSYS
int64_t linux_missing(uint64_t number);
