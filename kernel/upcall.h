// SPDX-License-Identifier: MIT
// The upcall: a thread's own handler, entered in user mode on the thread's own stack.
#pragma once

#include "thread.h"

// Is there a handler to enter, one level further up?
static inline bool upcall_is_possible(const struct thread *thread) {
    return thread->area != NULL && thread->level < UPCALL_DEPTH;
}

// Enter the handler of the current thread, or of one that is away. => false: there is none, or it is nested too deep
bool upcall_enter(struct thread *thread, uint64_t tag, const uint64_t word[5], uint64_t badge);
// Leave the one that the current thread is in.
static inline void upcall_leave(struct thread *thread) {
    thread->level--;
    hart_here()->registers = --thread->registers;
}
// Register a handler. area: the page where levels are saved, pinned from now on
void upcall_register(struct thread *thread, uint64_t handler, uint64_t stack, uint64_t area_va, struct pa area);
