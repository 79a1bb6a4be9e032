// SPDX-License-Identifier: MIT
// The event ring of a hart, as a privileged program sees it.
#pragma once

#include <stdint.h>

enum event_kind {
#define EVENT(name, first, second) EVENT_##name,
#include <abi/events.def>
#undef EVENT
    EVENT_KINDS,
};

struct event {
    uint64_t cycle;
    uint64_t kind;
    uint64_t first, second;
};
