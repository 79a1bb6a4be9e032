// SPDX-License-Identifier: MIT
// Who runs: fixed priorities, round robin within one; a server runs on the time and at the priority of its caller.
#pragma once

#include "thread.h"

// Stand for no thread: a hart that sleeps, and one whose thread ended while it was in the kernel. No registers.
extern struct thread thread_idle, thread_gone;

extern uint32_t schedule_occupied; // bit n: threads of priority n wait to run

// Does nobody wait who is more urgent?
static inline bool schedule_is_most_urgent(const struct thread *thread) {
    return schedule_occupied >> thread->running_at >> 1 == 0;
}

// Make a thread runnable.
void schedule_ready(struct thread *thread);
// The current thread does not go on: choose who does.
void schedule_next(void);
// Let somebody more urgent go first, who may have become ready, or whose turn it is: the last thing that a system call
// does, and a tick.
void schedule_preempt(void);
// The loop of a hart with nothing to run. => returns when there is something
void schedule_idle(void);
// Take a READY thread out of the queue.
void schedule_forget(struct thread *thread);
// Change a thread's own priority.
void schedule_priority(struct thread *thread, unsigned priority);

// This hart goes on with `next` when it leaves the kernel. The time slice stays what it was: it is handed on.
static inline void switch_to(struct thread *next) {
    struct hart *hart = hart_here();
    hart->next = next;
    next->state = THREAD_RUNNING;
}
