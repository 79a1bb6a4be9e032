// SPDX-License-Identifier: MIT
// The system calls, each under its name in <abi/system_calls.def>. Called by trap_entry with a0 to a6. Each refuses
// first, and then does not fail.
#pragma once

#include "extent.h"
#include "handle.h"

// What a call returns in a0 and a1. A struct of two words would go through the stack, with the compiler as it is.
typedef unsigned __int128 sys_result;

static inline sys_result result(uint64_t status, uint64_t value) { return (sys_result)value << 64 | status; }

#define ARGUMENTS_0                                 void
#define ARGUMENTS_1                                 uint64_t
#define ARGUMENTS_2                                 ARGUMENTS_1, uint64_t
#define ARGUMENTS_3                                 ARGUMENTS_2, uint64_t
#define ARGUMENTS_4                                 ARGUMENTS_3, uint64_t
#define ARGUMENTS_5                                 ARGUMENTS_4, uint64_t
#define ARGUMENTS_7                                 ARGUMENTS_5, uint64_t, uint64_t
#define CALL(name, count, arguments, results, what) sys_result sys_##name(ARGUMENTS_##count);
#include <abi/system_calls.def>
#undef CALL
