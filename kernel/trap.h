// SPDX-License-Identifier: MIT
// What trap_entry calls for everything that is not a system call of ours.
#pragma once

#include "decode.h"

// => with the kernel locked; hart->next says who goes on
void trap_fault_locked(uint64_t cause, uint64_t value);
// The system call was one that no correct program makes.
void trap_misused(void);
// The door out: goes on with hart->next.
_Noreturn void trap_return(void);

// In straight.S. Called as C is, but for what only the doors know.
void straight_fault(void);
void fault_general(void); // not straight
sys_result straight_call(uint64_t handle, uint64_t tag, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3,
                         uint64_t w4);
sys_result straight_reply(uint64_t token, uint64_t tag, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3,
                          uint64_t w4);
sys_result straight_resume(uint64_t flags, uint64_t va, uint64_t pages, uint64_t rights);
// Take the straight ways, unless events are traced or the current thread uses its floating-point registers.
void trap_choose_ways(struct hart *hart);
