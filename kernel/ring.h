// SPDX-License-Identifier: MIT
// The event ring: the last things that happened on a hart, with the cycle at which they did.
#pragma once

#include <abi/event.h>

struct hart;

// Record an event of this hart: what is rare, always; what is frequent, only while events are traced, when all harts
// take the ways beside the straight ones.
void ring_record(struct hart *hart, enum event_kind kind, uint64_t first, uint64_t second);
void ring_trace(struct hart *hart, enum event_kind kind, uint64_t first, uint64_t second);
// Trace from now on.
void ring_start(void);

// Print the last events of every hart that has some.
void ring_print(unsigned most);
