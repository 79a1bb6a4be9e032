// SPDX-License-Identifier: MIT
// The clock: which pages go when frames are short. Pure.
#include "pager_clock.h"

// Of these pages the lowest, as many as are still wanted.
static void take_lowest(struct clock_view *view, uint64_t pages, unsigned *wanted) {
    for (; pages != 0 && *wanted > 0; --*wanted) {
        uint64_t lowest = pages & -pages;
        view->chosen |= lowest;
        pages &= ~lowest;
    }
}

unsigned clock_choose(struct clock_view *views, unsigned count, enum clock_turn turn, unsigned wanted) {
    unsigned left = wanted;
    const struct clock_view *end = views + count;
    for (struct clock_view *view = views; view < end; view++) {
        view->chosen = 0;
        take_lowest(view, view->candidates & ~view->accessed & ~view->dirty, &left);
    }
    for (struct clock_view *view = views; view < end; view++)
        take_lowest(view, view->candidates & ~view->accessed & view->dirty, &left);
    for (struct clock_view *view = views; view < end && turn == CLOCK_ANY; view++)
        take_lowest(view, view->candidates & view->accessed & ~view->dirty, &left);
    for (struct clock_view *view = views; view < end && turn == CLOCK_ANY; view++)
        take_lowest(view, view->candidates & view->accessed & view->dirty, &left);
    return wanted - left;
}
