// SPDX-License-Identifier: MIT
// How a signal reaches its handler, and how that returns: Linux's frame on the program's stack.
#include "linux_frame.h"

#include "linux_errors.h"
#include "linux_layout.h"
#include "linux_memory.h"
#include "linux_process.h"
#include "linux_signal.h"
#include "linux_thread.h"
#include "linux_user.h"

#include <stddef.h>

enum { FLOATS = 32, ECALL_SIZE = 4, REGISTER_RA = 0, REGISTER_SP = 1 };

struct siginfo {
    int32_t signal, error;
    uint64_t code; // of 32 bits
    uint64_t field[4], rest[10];
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
_Static_assert(offsetof(struct frame, context.pc) == FRAME_PC, "linux_layout.h says so");

// In linux_entry.S. A context has pc and x1 to x31 in this order, a level the other way round.
void linux_frame_begin(struct frame *frame, const struct upcall_registers *level);
void linux_registers_take(struct upcall_registers *level, const uint64_t *context);
uint64_t linux_float_save(uint64_t *f);
void linux_float_load(const uint64_t *f, uint64_t control);
void linux_trampoline(void);

// All but its last 80 bytes.
static inline void fill(struct siginfo *info, int signal, const struct linux_cause *cause) {
    info->signal = signal;
    info->error = cause->error;
    info->code = (uint32_t)cause->code;
    info->field[0] = cause->field[0];
    info->field[1] = cause->field[1];
    info->field[2] = cause->field[2];
    info->field[3] = cause->field[3];
}

bool linux_info_write(uint64_t to, int signal, const struct linux_cause *cause) {
    struct siginfo info = {0};
    fill(&info, signal, cause);
    return user_write(to, &info, sizeof info);
}

// Puts the frame on the program's stack, without a detour: whoever takes that memory away meanwhile ends his process.
// The registers are then such that the handler begins. => false: there is no stack
static bool enter(struct upcall_registers *registers, int signal, const struct linux_cause *cause,
                  const struct linux_action *action) {
    struct linux_signals *signals = &linux_self()->signals;
    uint64_t sp = registers->x[REGISTER_SP];
    bool on = linux_stack_is_on(&signals->stack, sp);
    if (on && !linux_stack_is_on(&signals->stack, sp - sizeof(struct frame))) return false;
    if ((action->flags & ACTION_STACK) != 0 && signals->stack.size != 0 && !on)
        sp = signals->stack.va + signals->stack.size;
    uint64_t at = (sp - sizeof(struct frame)) & ~15ul;
    if (!memory_allows(at, sizeof(struct frame), PROTECTION_WRITE)) return false;
    struct frame *frame = (struct frame *)at;
    linux_frame_begin(frame, registers);
    fill(&frame->info, signal, cause);
    frame->context.flags = frame->context.link = 0;
    frame->context.stack = signals->stack;
    frame->context.mask = signals->is_suspended ? signals->suspended : signals->blocked;
    frame->context.floats.control = (uint32_t)linux_float_save(frame->context.floats.f);
    registers->x[REGISTER_RA] = (uint64_t)linux_trampoline;
    registers->x[REGISTER_SP] = at;
    registers->x[REGISTER_A0] = (uint64_t)signal;
    registers->x[REGISTER_A0 + 1] = at;
    registers->x[REGISTER_A0 + 2] = at + offsetof(struct frame, context);
    registers->pc = action->handler;
    if ((signals->stack.flags & STACK_DISARM) != 0) signals->stack = (struct linux_stack){.flags = STACK_DISABLED};
    return true;
}

void linux_signal_enter(int signal, const struct linux_cause *cause, const struct linux_action *action) {
    struct linux_thread *self = linux_self();
    if (!enter(linux_registers(), signal, cause, action)) {
        if (signal == SIGNAL_SEGV) linux_signal_die(SIGNAL_SEGV);
        linux_signal_force(SIGNAL_SEGV, &(struct linux_cause){.code = CODE_KERNEL});
        return;
    }
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
    process_take();
    if ((before & ATTENTION_RAISE) != 0) os_unprot(0, self->raise, 1, self->raise_rights);
    if (linux_thread_has_to_end()) linux_thread_end();
    while (linux_signal_waits() && (signal = linux_signal_take(&cause, &action)) != 0) {
        if (action.handler == HANDLER_DEFAULT) linux_signal_end(signal);
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
    if (at % sizeof(uint64_t) != 0 || !memory_allows(at, sizeof(struct frame), PROTECTION_READ)) {
        linux_signal_force(SIGNAL_SEGV, &(struct linux_cause){.code = CODE_KERNEL});
        return;
    }
    const struct frame *frame = (const struct frame *)at;
    linux_registers_take(registers, &frame->context.pc);
    linux_float_load(frame->context.floats.f, frame->context.floats.control);
    self->interrupted = AGAIN_NOT;
    const struct linux_stack *own = &self->signals.stack, *other = &frame->context.stack;
    uint64_t mask = frame->context.mask;
    if (own->va != other->va || own->flags != other->flags || own->size != other->size) {
        struct linux_stack stack = *other;
        linux_signal_set_stack(&stack, registers->x[REGISTER_SP]);
    }
    linux_signal_block(mask);
}
