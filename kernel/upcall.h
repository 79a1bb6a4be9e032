// SPDX-License-Identifier: MIT
// The upcall: a thread's own handler, entered in user mode on the thread's own stack.
#pragma once

#include <abi/message.h>

#include "thread.h"

// Enter the handler with these words. => false: there is none, or it is nested too deep
bool upcall_enter(struct thread *thread, uint64_t tag, const uint64_t word[5], uint64_t badge);
// Leave it. => false: the thread is in none
bool upcall_leave(struct thread *thread);
// Register a handler. area: the page where levels are saved, pinned from now on
void upcall_register(struct thread *thread, uint64_t handler, uint64_t stack, uint64_t area_va, struct pa area);
