// SPDX-License-Identifier: MIT
// Threads: registers and a pinned message page, in a space. A thread is one frame, and owns no kernel stack.
#pragma once

#include "space.h"
#include "timer.h"

enum thread_state {
    THREAD_RUNNING,
    THREAD_STOPPED,
    THREAD_READY,     // in the ready queue
    THREAD_RECEIVING, // in port->receivers
    THREAD_SENDING,   // in port->senders: nobody took its message yet
    THREAD_WAITING,   // in port->waiting: for the answer to its token
    THREAD_FOLLOWING, // in another's followers: that one faulted on the same page before
    THREAD_DEAD,
};

// What a thread that is SENDING or WAITING asked for.
enum thread_errand {
    ERRAND_CALL,
    ERRAND_FAULT_CALL, // a call that takes a page: into the window at `va`
    ERRAND_FAULT,      // the kernel's call on its behalf
};

enum { PRIORITIES = 32 };

struct thread {
    // Assembler knows the offsets of these (layout.def).
    struct upcall_registers *registers; // where its registers are saved
    struct space *space;
    uint64_t handler;
    uint8_t state, errand, wanted, unused; // wanted: the right that it lacked, in a fault that went straight
    uint8_t priority;                      // its own
    uint8_t running_at;                    // or that of the caller whose message it works on
    uint8_t level;                         // upcalls it is in
    uint8_t retries;                       // answers to its fault since it last got further
    struct link link;                      // in whatever its state says
    uint64_t token;                        // names its wait; the low half is its frame's number
    struct port *port; // RECEIVING, SENDING, WAITING: on which; not a reference, the port knows its threads
    uint64_t tag, badge, va, offset, neighbours; // its message, as far as it is not in its registers
    uint64_t page;                               // of a fault that went straight
    uint64_t retry_pc;                           // of a fault that was answered, and did perhaps not get further
    struct upcall_registers *area;               // the pinned upcall page, or NULL
    uint64_t area_va, handler_stack;

    struct object object;
    struct link in_space;
    struct link followers;
    uint64_t slice_left;      // when it was preempted, in ticks; 0: it gets a whole slice
    struct deadline deadline; // of its fault
    bool stopping;            // to be stopped, or dead, as soon as its hart lets it go
    void *message_page;
    struct upcall_registers own; // where registers are saved without an upcall area
    uint64_t float_registers[32];
    uint32_t float_control;
};

_Static_assert(sizeof(struct thread) <= PAGE_SIZE, "a thread is one frame");

// Numbers of registers in upcall_registers.x.
enum { REGISTER_RA, REGISTER_SP, REGISTER_GP, REGISTER_TP, REGISTER_T0, REGISTER_T1, REGISTER_A0 = 9 };

static inline struct thread *thread_current(void) { return hart_here()->current; }

// Does it wait for somebody's answer, or to be received?
static inline bool thread_asks(const struct thread *thread) {
    return thread->state == THREAD_SENDING || thread->state == THREAD_WAITING;
}

struct thread *thread_create(struct space *space, uint64_t entry, uint64_t stack, uint64_t argument, unsigned priority);
// The thread whose wait this token names, if `by` may answer it. => NULL: stale, or forged
struct thread *thread_by_token(uint64_t token, const struct space *by);
// Stop a thread, wherever it is. => false: it runs on another hart, which has been told; ask again
bool thread_stop(struct thread *thread);
// End it. => the same
bool thread_end(struct thread *thread);
// Map a page of the kernel's, as its message page is, in a region of its space that is its own to manage.
// rights: with INFO_DEVICE when it is no frame of programs. => a status, or MISUSED
uint64_t thread_show_page(struct thread *thread, uint64_t va, struct pa at, uint64_t rights);
// Let go on those who waited for the same page.
void thread_release_followers(struct thread *thread);
// It has an answer: out of whatever it waits in.
void thread_unlink(struct thread *thread);
