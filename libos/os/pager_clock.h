// SPDX-License-Identifier: MIT
// The clock: which pages go when frames are short. Pure.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { CLOCK_WINDOW = 64 };

// What the hand sees at a time: a bit for each page.
struct clock_view {
    uint64_t candidates; // may go
    uint64_t accessed;   // touched since the hand was here before
    uint64_t dirty;      // would have to be written first
};

// How hard it looks: each turn over all pages that finds too little makes it look harder.
enum clock_turn {
    CLOCK_CLEAN,     // not touched lately, nothing to write
    CLOCK_UNTOUCHED, // not touched lately
    CLOCK_ANY,
    CLOCK_TURNS,
};

// => the pages that go, at most `wanted`; clean before dirty, and lower before higher
uint64_t clock_choose(struct clock_view view, enum clock_turn turn, unsigned wanted);
