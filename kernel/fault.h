// SPDX-License-Identifier: MIT
// The fault router: every fault is somebody's message.
#pragma once

#include "thread.h"

// A page fault of the current thread that did not go straight. => it goes on, or waits for its pager, or is in its own
// handler
void fault_page(uint64_t access, uint64_t va);
// Make the region and the table of va those used last. => false: there is no such region, or no small page's table
bool fault_look(struct space *space, uint64_t va);
// Write down what a fault that went straight did not: its message may have to be sent again.
void fault_recall(struct thread *thread);
// Something else of the current thread that its own handler hears of: an exception, misuse, a call that is not ours.
void fault_other(enum fault_access access, uint64_t va, uint64_t detail);
// The message that is in the thread goes to the port: straight to a receiver that waits, or into the queue.
void fault_send(struct thread *thread, struct port *port);

// What becomes of a call or a fault that nobody answers as it should.
// The port where it waits is no more: the fallback, or an error.
void fault_port_died(struct thread *thread);
// It fails: a call with this status, a fault with this error. code: that of who should have answered
void fault_fail(struct thread *thread, enum status status, uint64_t error, uint64_t code);
