// SPDX-License-Identifier: MIT
// The event ring: the last things that happened on a hart, with the cycle at which they did.
#pragma once

#include <abi/event.h>

struct hart;
void ring_record_slow(struct hart *hart, enum event_kind kind, uint64_t first, uint64_t second);

// Record an event, if this hart is to.
#define ring_record(hart, kind, first, second) \
    ((hart)->tracing ? ring_record_slow((hart), (kind), (first), (second)) : (void)0)

// Print the last events of every hart that has some.
void ring_print(unsigned most);
