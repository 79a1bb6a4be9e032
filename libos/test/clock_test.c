// SPDX-License-Identifier: MIT
// The clock's policy.
#include "../os/pager_clock.h"

#include "tap.h"

static unsigned count(uint64_t pages) { return (unsigned)__builtin_popcountll(pages); }

TEST(clean_pages_go_before_dirty_ones) {
    struct clock_view view = {.candidates = 0xff, .dirty = 0x0f};
    EXPECT(clock_choose(view, CLOCK_CLEAN, 16) == 0xf0);
    EXPECT(clock_choose(view, CLOCK_UNTOUCHED, 6) == 0xf3);
    EXPECT(clock_choose(view, CLOCK_UNTOUCHED, 2) == 0x30);
}

TEST(what_was_touched_gets_a_second_chance) {
    struct clock_view view = {.candidates = 0xff, .accessed = 0xf0};
    EXPECT(clock_choose(view, CLOCK_CLEAN, 16) == 0x0f);
    view.accessed = 0; // the hand has been here: asking cleared the bits
    EXPECT(clock_choose(view, CLOCK_CLEAN, 16) == 0xff);
}

TEST(when_it_looks_hardest_everything_may_go) {
    struct clock_view view = {.candidates = 0xff, .accessed = 0xff, .dirty = 0xf0};
    EXPECT(clock_choose(view, CLOCK_CLEAN, 16) == 0);
    EXPECT(clock_choose(view, CLOCK_UNTOUCHED, 16) == 0);
    EXPECT(clock_choose(view, CLOCK_ANY, 4) == 0x0f);
    EXPECT(clock_choose(view, CLOCK_ANY, 16) == 0xff);
}

TEST(no_page_goes_that_may_not_and_no_more_than_wanted) {
    for (unsigned i = 0; i < 100000; i++) {
        struct clock_view view = {.candidates = tap_random(UINT64_MAX) & tap_random(UINT64_MAX),
                                  .accessed = tap_random(UINT64_MAX),
                                  .dirty = tap_random(UINT64_MAX)};
        enum clock_turn turn = (enum clock_turn)tap_random(CLOCK_TURNS);
        unsigned wanted = (unsigned)tap_random(CLOCK_WINDOW + 1);
        uint64_t chosen = clock_choose(view, turn, wanted);
        EXPECT((chosen & ~view.candidates) == 0 && count(chosen) <= wanted);
        EXPECT(turn == CLOCK_ANY || (chosen & view.accessed) == 0);
        EXPECT(turn != CLOCK_CLEAN || (chosen & view.dirty) == 0);
        uint64_t harder = clock_choose(view, CLOCK_ANY, wanted);
        EXPECT(count(harder) == (count(view.candidates) < wanted ? count(view.candidates) : wanted));
        // A dirty page goes only when no clean one of its sort is left.
        uint64_t clean = view.candidates & ~view.accessed & ~view.dirty;
        EXPECT((chosen & view.dirty) == 0 || (clean & ~chosen) == 0);
    }
}

TEST(nothing_comes_of_nothing) {
    EXPECT(clock_choose((struct clock_view){0}, CLOCK_ANY, 64) == 0);
    EXPECT(clock_choose((struct clock_view){.candidates = UINT64_MAX}, CLOCK_ANY, 0) == 0);
    EXPECT(clock_choose((struct clock_view){.candidates = UINT64_MAX}, CLOCK_CLEAN, 64) == UINT64_MAX);
}
