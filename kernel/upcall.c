// SPDX-License-Identifier: MIT
// The upcall. A thread's registers are saved in the level of its area that it is in, from the door on: entering the
// handler moves the save area one level up, and leaving it moves it down again; nothing is copied.
#include "upcall.h"

#include "string.h"

// The registers that the door leaves in place. A thread that is away has them in the level that it left in.
static void copy_preserved(struct upcall_registers *to, const struct upcall_registers *from) {
    to->x[REGISTER_GP] = from->x[REGISTER_GP];
    memcpy(&to->x[REGISTER_S0], &from->x[REGISTER_S0], 2 * sizeof to->x[0]);
    memcpy(&to->x[REGISTER_S2], &from->x[REGISTER_S2], 10 * sizeof to->x[0]);
}

bool upcall_enter(struct thread *thread, uint64_t tag, const uint64_t word[5], uint64_t badge) {
    if (thread->area == NULL || thread->level == UPCALL_DEPTH) return false;
    ring_trace(hart_here(), EVENT_upcall, tag, word[1]);
    const struct upcall_registers *level = thread->registers;
    struct upcall_registers *handler = thread->registers + 1;
    handler->pc = thread->handler;
    handler->x[REGISTER_SP] = thread->level == 0 ? thread->handler_stack : align_down(level->x[REGISTER_SP], 16);
    handler->x[REGISTER_TP] = level->x[REGISTER_TP];
    handler->x[REGISTER_A0] = thread->area_va + thread->level * sizeof *level;
    handler->x[REGISTER_A0 + 1] = tag;
    memcpy(&handler->x[REGISTER_A0 + 2], word, 5 * sizeof word[0]);
    handler->x[REGISTER_T0] = badge;
    thread->level++;
    thread->registers = handler;
    if (hart_here()->current == thread)
        hart_here()->registers = handler;
    else
        copy_preserved(handler, level);
    return true;
}
