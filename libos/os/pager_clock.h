// SPDX-License-Identifier: MIT
// The clock: which pages go when frames are short. Pure.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { CLOCK_WINDOW = 64, CLOCK_HORIZON = 4 };

// What the hand sees of a window of pages: a bit for each.
struct clock_view {
    uint64_t candidates; // may go
    uint64_t accessed;   // touched since the hand was here before
    uint64_t dirty;      // would have to be written first
    uint64_t chosen;     // what goes
};

// How hard it looks.
enum clock_turn {
    CLOCK_UNTOUCHED, // for what was not touched lately
    CLOCK_ANY,       // when all turns over all pages have found nothing
};

// Which pages go, at most `wanted`: clean before dirty in all these windows, and lower before higher. => how many
unsigned clock_choose(struct clock_view *views, unsigned count, enum clock_turn turn, unsigned wanted);
