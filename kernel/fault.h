// SPDX-License-Identifier: MIT
// The fault router: every fault is somebody's message.
#pragma once

#include "thread.h"

struct region;

// A page fault of the current thread that did not go straight. => it goes on, or waits for its pager, or is in its own
// handler
void fault_page(uint64_t access, uint64_t va);
// Make the region and the table of va those used last. => false: there is no such region, or no small page's table
bool fault_look(struct space *space, uint64_t va);
// Write down what a fault that went straight did not: its message may have to be sent again.
void fault_recall(struct thread *thread);
// A system call of the current thread that is not ours.
void fault_call(void);
// Something else that its own handler hears of: an exception, misuse.
void fault_other(struct thread *thread, enum fault_access access, uint64_t va, uint64_t detail);
// It ends here: the thread is stopped, and its keeper told.
void fault_stop(struct thread *thread);

// The message that is in the thread goes to the port: straight to a receiver that waits, or into the queue.
void fault_send(struct thread *thread, struct port *port);
// To the region's pager, if it lives; else to its fallback; else nobody handles it.
void fault_route(struct thread *thread, struct region *region, uint64_t label);
// To the thread's own handler, else to the space's exception port; else the thread is stopped, and its keeper told.
void fault_unhandled(struct thread *thread, uint64_t label, uint64_t error);
