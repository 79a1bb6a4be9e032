// SPDX-License-Identifier: MIT
// Faults and exceptions of the program: answered, or made signals.
#pragma once

#include <abi/message.h>
#include <stdint.h>

// From the entry: `level` has all the program's registers. detail: of an exception its number.
void linux_fault(struct upcall_registers *level, uint64_t tag, uint64_t va, uint64_t detail);

// A fault of the personality itself: at the program's memory, or its own mistake.
void linux_nested(struct upcall_registers *level, uint64_t tag, uint64_t va, uint64_t pc);

// Where a thread is sent that is to look for signals: no program has that address.
#define LINUX_KICK UINT64_C(0x3ffffff000)
