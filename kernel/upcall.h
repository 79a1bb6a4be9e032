// SPDX-License-Identifier: MIT
// The upcall: a thread's own handler, entered in user mode on the thread's own stack.
#pragma once

#include "thread.h"

// Enter the handler of the current thread, or of one that is away. => false: there is none, or it is nested too deep
bool upcall_enter(struct thread *thread, uint64_t tag, const uint64_t word[5], uint64_t badge);
