// SPDX-License-Identifier: MIT
// What becomes of a call or a fault that nobody answers as it should.
#pragma once

#include "thread.h"

// The thread waits for an answer that will not come in time.
void errand_late(struct deadline *deadline);
// Its port is no more: the fallback, or an error.
void errand_port_died(struct thread *thread);
// Its pager says that it cannot. code: the pager's own error
void errand_failed(struct thread *thread, uint64_t code);
// Its pager sends the same fault to another port. => false: that port cannot serve it
bool errand_forward(struct thread *thread, struct port *port);
