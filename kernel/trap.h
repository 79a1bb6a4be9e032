// SPDX-License-Identifier: MIT
// What trap_entry calls for everything that is not a system call of ours.
#pragma once

#include "thread.h"

// => with the kernel locked; hart->next says who goes on
void trap_fault_locked(uint64_t cause, uint64_t value);
// The system call was one that no correct program makes.
void trap_misused(void);
// The door out: goes on with hart->next.
_Noreturn void trap_return(void);
// Take the straight ways, unless events are traced or the current thread uses its floating-point registers.
void trap_choose_ways(struct hart *hart);
// The current thread of this hart is left: save its floating-point registers, and turn them off. They are either off,
// or on and counted as changed: then the sign bit of sstatus says so, and trap_switch asks it.
void trap_leave_float(struct hart *hart);
