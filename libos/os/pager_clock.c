// SPDX-License-Identifier: MIT
// The clock: which pages go when frames are short. Pure.
#include "pager_clock.h"

// Of these pages the lowest, as many as are still wanted.
static uint64_t take_lowest(uint64_t pages, unsigned *wanted) {
    uint64_t taken = 0;
    for (; pages != 0 && *wanted > 0; --*wanted) {
        uint64_t lowest = pages & -pages;
        taken |= lowest;
        pages &= ~lowest;
    }
    return taken;
}

uint64_t clock_choose(struct clock_view view, enum clock_turn turn, unsigned wanted) {
    uint64_t old = view.candidates & ~view.accessed;
    uint64_t chosen = take_lowest(old & ~view.dirty, &wanted);
    if (turn >= CLOCK_UNTOUCHED) chosen |= take_lowest(old & view.dirty, &wanted);
    if (turn >= CLOCK_ANY) chosen |= take_lowest(view.candidates & view.accessed & ~view.dirty, &wanted);
    if (turn >= CLOCK_ANY) chosen |= take_lowest(view.candidates & view.accessed & view.dirty, &wanted);
    return chosen;
}
