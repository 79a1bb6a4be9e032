// SPDX-License-Identifier: MIT
// What trap_entry calls for everything that is not a system call of ours.
#pragma once

#include <abi/call.h>

// By number; and the same while events are traced.
extern const void *const system_calls[CALL_COUNT], *const system_calls_traced[CALL_COUNT];

// => with the kernel locked; hart->next says who goes on
void trap_fault_locked(uint64_t cause, uint64_t value);
// The system call was one that no correct program makes.
void trap_misused(void);
// The door out: goes on with hart->next.
_Noreturn void trap_return(void);
