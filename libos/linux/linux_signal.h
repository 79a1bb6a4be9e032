// SPDX-License-Identifier: MIT
// Signals: who has which, what is to be done with them.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "list.h"

enum {
    SIGNALS = 64,                // 1 to 64
    LINUX_SIGNALS_QUEUED = 1024, // of all threads together
};

enum linux_signal {
#define LINUX_SIGNAL_ROW(name, number, fate) SIGNAL_##name = (number),
#include "linux_signals.def"
#undef LINUX_SIGNAL_ROW
};

// si_code
enum {
    CODE_USER = 0,
    CODE_KERNEL = 0x80,
    CODE_QUEUE = -1,
    CODE_TIMER = -2,
    CODE_THREAD = -6,
    CODE_SEGV_MAPERR = 1,
    CODE_SEGV_ACCERR = 2,
    CODE_BUS_ADRALN = 1,
    CODE_BUS_ADRERR = 2,
    CODE_ILL_OPCODE = 1,
    CODE_TRAP_BREAKPOINT = 1,
};

// sa_flags
#define ACTION_NO_WAIT  2u
#define ACTION_INFO     4u
#define ACTION_STACK    0x08000000u
#define ACTION_RESTART  0x10000000u
#define ACTION_NO_DEFER 0x40000000u
#define ACTION_RESET    0x80000000u

#define HANDLER_DEFAULT 0u
#define HANDLER_IGNORE  1u

struct linux_action {
    uint64_t handler, flags, mask;
};

// What of a siginfo differs from signal to signal.
struct linux_cause {
    int32_t code, error;
    union { // as it stands there from byte 16 on
        uint64_t field[4];
        uint64_t va; // of a fault
        struct {
            union {
                struct {
                    uint32_t process, user; // who sent it
                };
                struct {
                    uint32_t timer, overrun;
                };
            };
            union {
                uint64_t value;
                int32_t status; // of a child
            };
        };
    };
};

struct linux_stack {
    uint64_t va;
    int32_t flags; // as they were given
    uint64_t size; // 0: there is none
};
#define STACK_ON       1
#define STACK_DISABLED 2
#define STACK_DISARM   INT32_MIN

// Of a thread, and of the process for what any thread may take. Bit n - 1 is signal n.
struct linux_signals {
    uint64_t pending, blocked;
    uint64_t waited;    // the thread wants to hear of these though they are blocked
    uint64_t suspended; // what was blocked before rt_sigsuspend
    bool is_suspended;
    struct linux_stack stack;
    struct link queue; // of what is pending, as it came
};

// What becomes of a call when a signal came before it was done.
enum linux_again { AGAIN_NOT, AGAIN_IF_RESTART, AGAIN_NEVER };

static inline uint64_t signal_bit(int signal) { return UINT64_C(1) << (signal - 1); }

struct linux_thread;

void linux_signal_start(void);
// Nothing is pending for this thread, or (NULL) the process, which goes on if it was stopped. The lock of threads is
// held, or there is one only.
void linux_signal_forget(struct linux_thread *thread);

// Of the process: what is pending for it, what it ignores, what it has handlers for.
void linux_signal_tell(uint64_t *pending, uint64_t *ignored, uint64_t *caught);

// For one thread, or (NULL) for the process. => 1; 0: nobody wants it; -EAGAIN: too many wait already
int64_t linux_signal_send(struct linux_thread *thread, int signal, const struct linux_cause *cause);
// What the calling thread did itself, which has its registers in the level: if it does not want to hear of that, it is
// the process's end.
void linux_signal_force(int signal, const struct linux_cause *cause);

// While the process is stopped the calling thread waits here, also when the next signal is one that stops it.
// One that the thread has to take now. => 0: none
int linux_signal_take(struct linux_cause *cause, struct linux_action *action);
// => is there one? It is this thread's then.
bool linux_signal_calls(void);
// The first of these, pending for the calling thread or its process. => 0: none
int linux_signal_fetch(uint64_t set, struct linux_cause *cause);
// The calling thread would hear of it: it is neither blocked nor ignored.
bool linux_signal_is_wanted(int signal);
bool linux_signal_is_pending(uint64_t set);
// Whether the calling thread might have something to take.
bool linux_signal_waits(void);
// One thread less has to stop.
void linux_signal_thread_left(void);
// Who begins now has to stop.
bool linux_signal_is_stopped(void);
// sigaltstack; sp: where the program is. => 0, or a negative error
int64_t linux_signal_set_stack(const struct linux_stack *stack, uint64_t sp);
static inline bool linux_stack_is_on(const struct linux_stack *stack, uint64_t sp) {
    return (stack->flags & STACK_DISARM) == 0 && sp > stack->va && sp - stack->va <= stack->size;
}

// From now on these are blocked.
void linux_signal_block(uint64_t mask);

// vfork: the thread that plays a child is about to have actions of its own; in the forked child they are the process's.
void linux_signal_play(void);
void linux_signal_played(void);

// Another program begins: what is not ignored is as in the beginning, and there is no other stack.
void linux_signal_forget_handlers(void);

// Ends the process as this signal would; the first lets go of locks before, which are in the program's memory.
__attribute__((noreturn)) void linux_signal_end(int signal);
__attribute__((noreturn)) void linux_signal_die(int signal);
