// SPDX-License-Identifier: MIT
// How a signal reaches its handler, and how that returns: Linux's frame on the program's stack.
#include "linux_frame.h"

#include "linux_errors.h"
#include "linux_layout.h"
#include "linux_memory.h"
#include "linux_signal.h"
#include "linux_thread.h"

#include <stddef.h>

enum { FLOATS = 32, ECALL_SIZE = 4, REGISTER_RA = 0, REGISTER_SP = 1 };

struct siginfo {
    int32_t signal, error, code, unused;
    uint64_t field[14]; // of a fault the address; of who sent it process and user
};

struct floats {
    uint64_t f[FLOATS];
    uint32_t control;
    uint32_t unused[67];
};

struct context {
    uint64_t flags, link;
    struct linux_stack stack;
    uint64_t mask, unused[15];
    uint64_t padding;
    uint64_t pc, x[31];
    struct floats floats;
};

struct frame {
    struct siginfo info;
    struct context context;
};

_Static_assert(sizeof(struct siginfo) == 128 && offsetof(struct context, pc) == 176 &&
                   offsetof(struct context, floats) == 432 && sizeof(struct context) == 960,
               "as Linux has it");

// In linux_entry.S. A context has pc and x1 to x31 in this order, a level the other way round.
void linux_registers_copy(uint64_t *context, const struct upcall_registers *level);
void linux_registers_take(struct upcall_registers *level, const uint64_t *context);
void linux_info_clear(struct siginfo *info);
uint64_t linux_float_save(uint64_t *f);
void linux_float_load(const uint64_t *f, uint64_t control);
void linux_trampoline(void);

static bool is_on(const struct linux_stack *stack, uint64_t sp) {
    return stack->size != 0 && sp > stack->va && sp - stack->va <= stack->size;
}

// Puts the frame on the program's stack, without a detour: whoever takes that memory away meanwhile ends his process.
// The registers are then such that the handler begins. => false: there is no stack
static bool enter(struct upcall_registers *registers, int signal, const struct linux_cause *cause,
                  const struct linux_action *action) {
    struct linux_signals *signals = &linux_self()->signals;
    uint64_t sp = registers->x[REGISTER_SP];
    bool on = is_on(&signals->stack, sp);
    if ((action->flags & ACTION_STACK) != 0 && signals->stack.size != 0 && !on)
        sp = signals->stack.va + signals->stack.size;
    uint64_t at = (sp - sizeof(struct frame)) & ~15ul;
    if (on && !is_on(&signals->stack, at + 1)) return false;
    if (!memory_allows(at, sizeof(struct frame), PROTECTION_WRITE)) return false;
    struct frame *frame = (struct frame *)at;
    linux_info_clear(&frame->info);
    frame->info.signal = signal;
    frame->info.code = cause->code;
    frame->info.field[0] = cause->code <= 0 ? cause->process | (uint64_t)cause->user << 32 : cause->va;
    frame->context.flags = frame->context.link = 0;
    frame->context.stack = signals->stack;
    if (signals->stack.size == 0) frame->context.stack.flags = STACK_DISABLED;
    if (on) frame->context.stack.flags |= STACK_ON;
    frame->context.mask = signals->is_suspended ? signals->suspended : signals->blocked;
    linux_registers_copy(&frame->context.pc, registers);
    frame->context.floats.control = (uint32_t)linux_float_save(frame->context.floats.f);
    registers->x[REGISTER_RA] = (uint64_t)linux_trampoline;
    registers->x[REGISTER_SP] = at;
    registers->x[REGISTER_A0] = (uint64_t)signal;
    registers->x[REGISTER_A0 + 1] = at;
    registers->x[REGISTER_A0 + 2] = at + offsetof(struct frame, context);
    registers->pc = action->handler;
    if ((signals->stack.flags & STACK_DISARM) != 0) signals->stack = (struct linux_stack){0};
    return true;
}

void linux_signal_enter(int signal, const struct linux_cause *cause, const struct linux_action *action) {
    struct linux_thread *self = linux_self();
    if (!enter(linux_registers(), signal, cause, action)) linux_signal_die(SIGNAL_SEGV);
    uint64_t mask = self->signals.blocked | action->mask;
    if ((action->flags & ACTION_NO_DEFER) == 0) mask |= signal_bit(signal);
    self->signals.is_suspended = false;
    linux_signal_block(mask);
}

// The call that a signal interrupted: with a handler to run, or without.
static void settle_call(struct upcall_registers *registers, const struct linux_action *action) {
    struct linux_thread *self = linux_self();
    bool again = action == NULL || (self->interrupted == AGAIN_IF_RESTART && (action->flags & ACTION_RESTART) != 0);
    if (self->interrupted == AGAIN_NOT || registers->x[REGISTER_A0] != (uint64_t)-EINTR) return;
    if (again) {
        registers->x[REGISTER_A0] = self->again;
        registers->pc -= ECALL_SIZE;
    }
    self->interrupted = AGAIN_NOT;
}

void linux_attend(void) {
    struct linux_thread *self = linux_self();
    struct upcall_registers *registers = linux_registers();
    struct linux_cause cause;
    struct linux_action action;
    int signal;
    uint32_t before = __atomic_fetch_and(&self->attention, 0, __ATOMIC_SEQ_CST);
    if ((before & ATTENTION_RAISE) != 0) os_unprot(0, self->raise, 1, self->raise_rights);
    while (linux_signal_waits() && (signal = linux_signal_take(&cause, &action)) != 0) {
        if (action.handler == HANDLER_DEFAULT) linux_signal_die(signal);
        settle_call(registers, &action);
        linux_signal_enter(signal, &cause, &action);
    }
    settle_call(registers, NULL);
    if (self->signals.is_suspended) {
        self->signals.is_suspended = false;
        linux_signal_block(self->signals.suspended);
    }
}

void linux_signal_return(void) {
    struct linux_thread *self = linux_self();
    struct upcall_registers *registers = linux_registers();
    uint64_t at = registers->x[REGISTER_SP];
    if (!memory_allows(at, sizeof(struct frame), PROTECTION_READ)) linux_signal_die(SIGNAL_SEGV);
    const struct frame *frame = (const struct frame *)at;
    linux_registers_take(registers, &frame->context.pc);
    linux_float_load(frame->context.floats.f, frame->context.floats.control);
    self->interrupted = AGAIN_NOT;
    struct linux_stack stack = frame->context.stack;
    uint64_t mask = frame->context.mask;
    stack.flags &= ~STACK_ON;
    if (stack.flags == STACK_DISABLED) stack = (struct linux_stack){0};
    if (!is_on(&self->signals.stack, registers->x[REGISTER_SP])) self->signals.stack = stack;
    linux_signal_block(mask);
}
