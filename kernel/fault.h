// SPDX-License-Identifier: MIT
// The fault router: every fault is somebody's message.
#pragma once

#include <abi/message.h>

#include "thread.h"

// A page fault of the current thread. => it goes on, or waits for its pager, or is in its own handler
void fault_page(struct thread *thread, enum fault_access access, uint64_t va);
// Something else that its own handler hears of: an exception, a foreign system call, misuse.
void fault_other(struct thread *thread, enum fault_access access, uint64_t va, uint64_t detail);

// The thread waits for an answer that will not come in time.
void fault_late(struct deadline *deadline);
// Its port is no more: the fallback, or an error.
void fault_port_died(struct thread *thread);
// Its pager says that it cannot. code: the pager's own error
void fault_failed(struct thread *thread, uint64_t code);
// Its pager sends the same fault to another port. => false: that port cannot serve it
bool fault_forward(struct thread *thread, struct port *port);
// Its fault is settled: it goes on, and so do those who waited for the same page.
void fault_settled(struct thread *thread);
