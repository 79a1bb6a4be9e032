// SPDX-License-Identifier: MIT
// Floating-point registers: saved when a thread that changed them is left, loaded when they are used again.
#pragma once

#include "thread.h"

// They are either off, or on and counted as changed: then the sign bit of sstatus says so, and trap_switch asks it.
// The current thread of this hart is left: save what it has, and turn the registers off.
void float_leave(struct hart *hart);

// The thread used them while they were off: give it its own. => false: they were on, so that is not what is wrong
bool float_use(struct thread *thread);
// The thread ends.
void float_forget(struct thread *thread);
