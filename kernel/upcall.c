// SPDX-License-Identifier: MIT
// The upcall. A thread's registers are saved in the level of its area that it is in, from the door on: entering the
// handler moves the save area one level up, and leaving it moves it down again; nothing is copied.
#include "upcall.h"

#include "string.h"

// The registers that the door leaves in place. A thread that is away has them in the level that it left in.
static void copy_preserved(struct upcall_registers *to, const struct upcall_registers *from)
{
    to->x[REGISTER_GP] = from->x[REGISTER_GP];
    memcpy(&to->x[REGISTER_S0], &from->x[REGISTER_S0], 2 * sizeof to->x[0]);
    memcpy(&to->x[REGISTER_S2], &from->x[REGISTER_S2], 10 * sizeof to->x[0]);
}

// The save area of the thread is from now on `registers`.
static void save_in(struct thread *thread, struct upcall_registers *registers)
{
    thread->registers = registers;
    if (hart_here()->current == thread)
        hart_here()->registers = registers;
}

bool upcall_enter(struct thread *thread, uint64_t tag, const uint64_t word[5], uint64_t badge)
{
    if (thread->area == NULL || thread->level >= UPCALL_DEPTH)
        return false;
    struct upcall_registers *level = &thread->area[thread->level], *handler = level + 1;
    uint64_t sp = thread->level == 0 ? thread->handler_stack : level->x[REGISTER_SP];
    handler->pc = thread->handler;
    handler->x[REGISTER_RA] = 0;
    handler->x[REGISTER_SP] = align_down(sp, 16);
    handler->x[REGISTER_TP] = level->x[REGISTER_TP];
    handler->x[REGISTER_A0] = thread->area_va + thread->level * sizeof *level;
    handler->x[REGISTER_A0 + 1] = tag;
    for (unsigned i = 0; i < 5; i++)
        handler->x[REGISTER_A0 + 2 + i] = word[i];
    handler->x[REGISTER_T0] = badge;
    thread->level++;
    save_in(thread, handler);
    if (hart_here()->current != thread)
        copy_preserved(handler, level);
    return true;
}

bool upcall_leave(struct thread *thread)
{
    if (thread->level == 0)
        return false;
    thread->level--;
    save_in(thread, &thread->area[thread->level]);
    return true;
}

void upcall_register(struct thread *thread, uint64_t handler, uint64_t stack, uint64_t area_va, struct pa area)
{
    struct frame *old = thread->area == NULL ? NULL : frame_at(pa_of(thread->area));
    thread->handler = handler;
    thread->handler_stack = stack;
    thread->area_va = area_va;
    frame_at(area)->references++;
    thread->area = direct(area);
    thread->area[0] = *thread->registers;
    thread->level = 0;
    save_in(thread, thread->area);
    if (old != NULL && --old->references == 0)
        space_frame_free(old);
}
