// SPDX-License-Identifier: MIT
// Signals: who has which, what is to be done with them.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { SIGNALS = 64 }; // 1 to 64

enum linux_signal {
#define LINUX_SIGNAL_ROW(name, number, fate) SIGNAL_##name = (number),
#include "linux_signals.def"
#undef LINUX_SIGNAL_ROW
};

// si_code
enum {
    CODE_USER = 0,
    CODE_KERNEL = 0x80,
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
    int32_t code;
    uint32_t process, user; // of CODE_USER, CODE_THREAD
    uint64_t va;            // of a fault
};

struct linux_stack {
    uint64_t va;
    int32_t flags; // 0, STACK_DISABLED
    uint64_t size;
};
#define STACK_ON       1
#define STACK_DISABLED 2
#define STACK_DISARM   INT32_MIN

// Of a thread, and of the process for what any thread may take. Bit n - 1 is signal n.
struct linux_signals {
    uint64_t pending, blocked;
    uint64_t suspended; // what was blocked before rt_sigsuspend
    bool is_suspended;
    struct linux_stack stack;
    struct linux_cause cause[SIGNALS];
};

// What becomes of a call when a signal came before it was done.
enum linux_again { AGAIN_NOT, AGAIN_IF_RESTART, AGAIN_NEVER };

static inline uint64_t signal_bit(int signal) { return UINT64_C(1) << (signal - 1); }

struct linux_thread;

// For one thread, or (NULL) for the process.
void linux_signal_send(struct linux_thread *thread, int signal, const struct linux_cause *cause);
// What the calling thread did itself, which has its registers in the level: if it does not want to hear of that, it is
// the process's end.
void linux_signal_force(int signal, const struct linux_cause *cause);

// One that the calling thread has to take now. => 0: none
int linux_signal_take(struct linux_cause *cause, struct linux_action *action);
// => is there one?
bool linux_signal_waits(void);
// From now on these are blocked.
void linux_signal_block(uint64_t mask);

// Another program begins: what is not ignored is as in the beginning, and there is no other stack.
void linux_signal_forget_handlers(void);

// Ends the process as this signal would.
__attribute__((noreturn)) void linux_signal_die(int signal);
