// SPDX-License-Identifier: MIT
// Per-hart state. In the kernel, tp points to it.
#pragma once

#include <abi/message.h>

#include "hart_layout.h"
#include "ring.h"
#include "types.h"

struct thread;
struct space;

struct hart {
    // Assembler knows the offsets of these (hart_layout.h).
    uint64_t stack;                     // top
    struct thread *current;             // &thread_idle: none
    struct upcall_registers *registers; // the current thread's
    struct thread *next;                // NULL: go on with the current one and only a result
    uint64_t t0;                        // the user's, and so a system call's last argument
    uint32_t *lock;                     // the big one
    const void *const *calls;           // system_calls[]
    struct space *space;                // whose page table is in use; NULL: the kernel's own
    uint64_t bit;                       // 1 << index
    struct upcall_registers wreck;      // what a trap from the kernel itself left
    uint64_t id;                        // the firmware's number

    bool tracing; // events are recorded
    struct thread *float_owner;
    uint64_t slice_end, alarm;
    uint32_t index;   // ours: 0 is the hart that booted
    uint32_t context; // of the interrupt controller
    bool online;
    uint64_t interrupts_from_others;
    uint64_t timer_interrupts;
    struct event_ring *ring; // RING_PAGES of its own
};

extern struct hart harts[HARTS];

extern uint32_t hart_count;

static inline struct hart *hart_here(void) {
    struct hart *hart;
    __asm__("mv %0, tp" : "=r"(hart));
    return hart;
}

// Wake the other harts: each takes an interrupt.
void hart_interrupt_others(void);
void hart_interrupt(struct hart *hart);
// Sleep until there is an interrupt, and serve it. => called and returns with the kernel locked
void hart_sleep(void);
