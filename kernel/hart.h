// SPDX-License-Identifier: MIT
// Per-hart state. In the kernel, tp points to it.
#pragma once

#include <abi/event.h>
#include <abi/message.h>

#include "hart_layout.h"
#include "types.h"

#define TOKEN_STEP (1ull << 32)

struct hart {
    // Assembler knows the offsets of these (layout.def).
    uint64_t stack;                     // top
    struct thread *current;             // &thread_idle: none
    struct upcall_registers *registers; // the current thread's
    struct thread *next;                // NULL: go on with the current one and only a result
    uint64_t t0;                        // the user's, and so a system call's last argument; then the badge of a message
    uint32_t *lock;                     // the big one
    const void *const *calls;           // system_calls[]
    void (*fault)(void);
    struct space *space;           // whose page table is in use; NULL: the kernel's own
    uint64_t bit;                  // 1 << index
    uint64_t settles;              // the same; 0: a fence does not settle what is owed, for all spaces look alike
    uint64_t others;               // the bits of all others
    uint64_t token_step;           // from one token of a thread to its next
    struct upcall_registers wreck; // what a trap from the kernel itself left
    uint64_t id;                   // the firmware's number

    bool tracing;      // events are recorded
    bool float_in_use; // floating-point registers are on
    uint64_t slice_end, alarm;
    uint32_t context; // of the interrupt controller
    bool online;
    struct event_ring *ring; // RING_PAGES of its own
};

extern struct hart harts[HARTS];         // the first is the one that booted
extern uint32_t hart_count, kernel_lock; // the big lock is held from the door in to the door out

static inline uint64_t hart_all(void) { return (1ull << hart_count) - 1; }

register struct hart *hart_register __asm__("tp");

static inline struct hart *hart_here(void) { return hart_register; }

// Wake another hart: it takes an interrupt.
void hart_interrupt(struct hart *hart);
// Sleep until there is an interrupt, and serve it. => called and returns with the kernel locked
void hart_sleep(void);

// => interrupts are off in the kernel, so the holder is never delayed by anything but its own work
static inline void lock_acquire(void) {
    while (__atomic_load_n(&kernel_lock, __ATOMIC_RELAXED) != 0 ||
           __atomic_exchange_n(&kernel_lock, 1, __ATOMIC_ACQUIRE) != 0)
        ;
}

static inline void lock_release(void) { __atomic_store_n(&kernel_lock, 0, __ATOMIC_RELEASE); }

// ---- the event ring: the last things that happened on a hart, with the cycle at which they did ----

// Record an event of this hart: what is rare, always; what is frequent, only while events are traced, when all harts
// take the ways beside the straight ones.
void ring_record(struct hart *hart, enum event_kind kind, uint64_t first, uint64_t second);
void ring_trace(struct hart *hart, enum event_kind kind, uint64_t first, uint64_t second);
// Trace from now on.
void ring_start(void);

// Print the last events of every hart that has some.
void ring_print(unsigned most);
