// SPDX-License-Identifier: MIT
// Places of a store: each is had once, none is lost, and what is asked for at once comes in a row.
#include "slots.h"

#include "tap.h"

enum { MOST = 20000 };

static uint64_t memory[512];
static bool had[MOST];

static void start(struct slots *slots, uint64_t count) {
    EXPECT(slots_words(count) <= sizeof memory / sizeof memory[0]);
    slots_start(slots, memory, count);
    memset(had, 0, sizeof had);
}

static uint64_t take(struct slots *slots, uint64_t wanted, uint64_t *first) {
    uint64_t left = slots->left, got = slots_take(slots, wanted, first);
    EXPECT(got <= wanted && slots->left == left - got && (got > 0) == (left > 0 && wanted > 0));
    for (uint64_t place = *first; got > 0 && place < *first + got; place++) {
        EXPECT(place > 0 && place < slots->count && !had[place], "place %lu", place);
        had[place] = true;
    }
    return got;
}

static void give(struct slots *slots, uint64_t place) {
    EXPECT(had[place]);
    had[place] = false;
    slots_give(slots, place);
}

TEST(every_place_but_the_first_is_had_once) {
    static const uint64_t counts[] = {1, 2, 63, 64, 65, 4095, 4096, 4097, MOST};
    for (unsigned i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct slots slots;
        uint64_t first = 0, got = 0;
        start(&slots, counts[i]);
        EXPECT(slots.left == counts[i] - 1);
        for (uint64_t some; (some = take(&slots, 1 + tap_random(64), &first)) > 0;) got += some;
        EXPECT(got == counts[i] - 1 && slots.left == 0);
    }
}

TEST(an_empty_store_gives_whole_rows_one_behind_the_other) {
    struct slots slots;
    uint64_t first, expected = 1;
    start(&slots, MOST);
    for (unsigned i = 0; i < MOST / 32 - 1; i++, expected += 32) {
        EXPECT(take(&slots, 32, &first) == 32 && first == expected);
    }
}

TEST(a_row_is_found_between_single_places) {
    struct slots slots;
    uint64_t first;
    start(&slots, 4096);
    while (take(&slots, 64, &first) > 0) {
    }
    for (uint64_t place = 300; place < 306; place += 2) give(&slots, place);
    for (uint64_t place = 2000; place < 2032; place++) give(&slots, place);
    EXPECT(take(&slots, 32, &first) == 32 && first == 2000);
    EXPECT(take(&slots, 32, &first) == 1 && first % 2 == 0);
}

TEST(what_is_given_back_can_be_had_again_whatever_the_order) {
    struct slots slots;
    uint64_t first = 0;
    start(&slots, 5000);
    for (unsigned i = 0; i < 200000; i++) {
        uint64_t place = 1 + tap_random(4999);
        if (tap_random(2) == 0)
            take(&slots, 1 + tap_random(64), &first);
        else
            for (uint64_t end = place + tap_random(64); place < end && place < 5000; place++)
                if (had[place]) give(&slots, place);
        EXPECT(slots_is_free(&slots, place % 5000) == (place % 5000 != 0 && !had[place % 5000]));
    }
    uint64_t used = 0;
    for (unsigned place = 0; place < 5000; place++) used += had[place] ? 1 : 0;
    EXPECT(slots.left == 4999 - used);
}

TEST(nothing_is_asked_and_nothing_is_got) {
    struct slots slots;
    uint64_t first;
    start(&slots, 100);
    EXPECT(slots_take(&slots, 0, &first) == 0 && slots.left == 99);
}
