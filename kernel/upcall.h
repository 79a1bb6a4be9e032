// SPDX-License-Identifier: MIT
// The upcall: a thread's own handler, entered in user mode on the thread's own stack.
#pragma once

#include <abi/message.h>

#include "thread.h"

// Is there a handler to enter, one level further up?
static inline bool upcall_is_possible(const struct thread *thread) {
    return thread->area != NULL && thread->level < UPCALL_DEPTH;
}

// Let the handler begin in the next level, which becomes the save area. => the caller says what `registers` that is
static inline struct upcall_registers *upcall_begin(struct thread *thread, uint64_t tag, uint64_t w0, uint64_t w1,
                                                    uint64_t w2, uint64_t w3, uint64_t w4, uint64_t badge) {
    const struct upcall_registers *level = thread->registers;
    struct upcall_registers *handler = thread->registers + 1;
    uint64_t sp = thread->level == 0 ? thread->handler_stack : level->x[REGISTER_SP] & ~15ull;
    handler->pc = thread->handler;
    handler->x[REGISTER_SP] = sp;
    handler->x[REGISTER_TP] = level->x[REGISTER_TP];
    handler->x[REGISTER_A0] = thread->area_va + thread->level * sizeof *level;
    handler->x[REGISTER_A0 + 1] = tag;
    handler->x[REGISTER_A0 + 2] = w0;
    handler->x[REGISTER_A0 + 3] = w1;
    handler->x[REGISTER_A0 + 4] = w2;
    handler->x[REGISTER_A0 + 5] = w3;
    handler->x[REGISTER_A0 + 6] = w4;
    handler->x[REGISTER_T0] = badge;
    thread->level++;
    thread->registers = handler;
    return handler;
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
