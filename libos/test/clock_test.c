// SPDX-License-Identifier: MIT
// The clock's policy: what it prefers, and how near its choices are to those of true LRU.
#include "../os/pager_clock.h"

#include "tap.h"

static unsigned count(uint64_t pages) { return (unsigned)__builtin_popcountll(pages); }

static uint64_t choose(struct clock_view view, enum clock_turn turn, unsigned wanted) {
    unsigned chosen = clock_choose(&view, 1, turn, wanted);
    EXPECT(chosen == count(view.chosen) && chosen <= wanted);
    return view.chosen;
}

TEST(clean_pages_go_before_dirty_ones) {
    struct clock_view view = {.candidates = 0xff, .dirty = 0x0f};
    EXPECT(choose(view, CLOCK_UNTOUCHED, 4) == 0xf0);
    EXPECT(choose(view, CLOCK_UNTOUCHED, 6) == 0xf3);
    EXPECT(choose(view, CLOCK_UNTOUCHED, 2) == 0x30);
}

TEST(clean_pages_of_a_later_window_go_before_dirty_ones_of_an_earlier) {
    struct clock_view view[3] = {{.candidates = 0xff, .dirty = 0xff},
                                 {.candidates = 0xff, .dirty = 0xf0},
                                 {.candidates = 0xff, .accessed = 0xf0}};
    EXPECT(clock_choose(view, 3, CLOCK_UNTOUCHED, 8) == 8);
    EXPECT(view[0].chosen == 0 && view[1].chosen == 0x0f && view[2].chosen == 0x0f);
    EXPECT(clock_choose(view, 3, CLOCK_UNTOUCHED, 10) == 10);
    EXPECT(view[0].chosen == 3 && view[1].chosen == 0x0f && view[2].chosen == 0x0f);
}

TEST(what_was_touched_gets_a_second_chance) {
    struct clock_view view = {.candidates = 0xff, .accessed = 0xf0};
    EXPECT(choose(view, CLOCK_UNTOUCHED, 16) == 0x0f);
    view.accessed = 0; // the hand has been here: asking cleared the bits
    EXPECT(choose(view, CLOCK_UNTOUCHED, 16) == 0xff);
}

TEST(when_it_looks_hardest_everything_may_go) {
    struct clock_view view = {.candidates = 0xff, .accessed = 0xff, .dirty = 0xf0};
    EXPECT(choose(view, CLOCK_UNTOUCHED, 16) == 0);
    EXPECT(choose(view, CLOCK_ANY, 4) == 0x0f);
    EXPECT(choose(view, CLOCK_ANY, 16) == 0xff);
}

TEST(no_page_goes_that_may_not_and_no_more_than_wanted) {
    for (unsigned i = 0; i < 100000; i++) {
        struct clock_view view = {.candidates = tap_random(UINT64_MAX) & tap_random(UINT64_MAX),
                                  .accessed = tap_random(UINT64_MAX),
                                  .dirty = tap_random(UINT64_MAX)};
        enum clock_turn turn = tap_random(2) == 0 ? CLOCK_UNTOUCHED : CLOCK_ANY;
        unsigned wanted = (unsigned)tap_random(CLOCK_WINDOW + 1);
        uint64_t chosen = choose(view, turn, wanted);
        EXPECT((chosen & ~view.candidates) == 0);
        EXPECT(turn == CLOCK_ANY || (chosen & view.accessed) == 0);
        uint64_t harder = choose(view, CLOCK_ANY, wanted);
        EXPECT(count(harder) == (count(view.candidates) < wanted ? count(view.candidates) : wanted));
        // A dirty page goes only when no clean one of its sort is left.
        uint64_t clean = view.candidates & ~view.accessed & ~view.dirty;
        EXPECT((chosen & view.dirty) == 0 || (clean & ~chosen) == 0);
    }
}

TEST(nothing_comes_of_nothing) {
    EXPECT(choose((struct clock_view){0}, CLOCK_ANY, 64) == 0);
    EXPECT(choose((struct clock_view){.candidates = UINT64_MAX}, CLOCK_ANY, 0) == 0);
    EXPECT(choose((struct clock_view){.candidates = UINT64_MAX}, CLOCK_UNTOUCHED, 64) == UINT64_MAX);
    EXPECT(clock_choose(NULL, 0, CLOCK_ANY, 64) == 0);
}

// ---- against true LRU, on what real work touches ----

enum { PAGES = 1024, WORDS_PER_PAGE = 512, TRACE_MOST = 1 << 22, BATCH = 32, PASSES_MOST = 3 };

static uint16_t trace[TRACE_MOST];
static unsigned trace_length;
static uint64_t memory[PAGES * WORDS_PER_PAGE];

// Every access of the work goes through here; one page many times in a row is one entry.
static uint64_t *at(uint64_t word) {
    uint16_t page = (uint16_t)(word / WORDS_PER_PAGE);
    if ((trace_length == 0 || trace[trace_length - 1] != page) && trace_length < TRACE_MOST)
        trace[trace_length++] = page;
    return &memory[word];
}

static void sort(int64_t low, int64_t high) {
    while (low < high) {
        uint64_t pivot = *at((uint64_t)(low + (high - low) / 2));
        int64_t i = low, j = high;
        while (i <= j) {
            while (*at((uint64_t)i) < pivot) i++;
            while (*at((uint64_t)j) > pivot) j--;
            if (i > j) break;
            uint64_t other = *at((uint64_t)i);
            *at((uint64_t)i++) = *at((uint64_t)j);
            *at((uint64_t)j--) = other;
        }
        sort(low, j);
        low = i;
    }
}

static void sort_all(void) {
    for (unsigned i = 0; i < PAGES * WORDS_PER_PAGE; i++) memory[i] = tap_random(UINT64_MAX);
    sort(0, PAGES * WORDS_PER_PAGE - 1);
    for (unsigned i = 1; i < PAGES * WORDS_PER_PAGE; i++) EXPECT(memory[i - 1] <= memory[i]);
}

// A search tree in an array, looked up by keys of which some are much more frequent.
static void search(void) {
    for (unsigned n = 0; n < 200000; n++) {
        uint64_t key = tap_random(1 + tap_random(1 + tap_random(PAGES * WORDS_PER_PAGE))), low = 0;
        for (uint64_t size = PAGES * WORDS_PER_PAGE; size > 1; size -= size / 2) {
            (void)*at(low + size / 2);
            if (low + size / 2 <= key) low += size / 2;
        }
    }
}

static void multiply(void) {
    enum { SIDE = 256 }; // three matrices of it are in the middle of memory
    const uint64_t a = 0, b = SIDE * SIDE, c = 2 * SIDE * SIDE;
    for (uint64_t i = 0; i < SIDE; i += 2)
        for (uint64_t j = 0; j < SIDE; j += 8)
            for (uint64_t k = 0; k < SIDE; k++) *at(c + i * SIDE + j) += *at(a + i * SIDE + k) * *at(b + k * SIDE + j);
}

// Some pages again and again, beside a walk over all.
static void stream(void) {
    for (unsigned n = 0; n < 100000; n++) {
        (void)*at(n % (PAGES * 8) * (WORDS_PER_PAGE / 8));
        (void)*at(tap_random(48) * WORDS_PER_PAGE);
    }
}

static uint64_t is_here[PAGES / 64], touched[PAGES / 64];

static void evict(unsigned *hand, unsigned *resident) {
    for (unsigned pass = 0, windows = 0;; windows += CLOCK_HORIZON) {
        struct clock_view view[CLOCK_HORIZON];
        unsigned place[CLOCK_HORIZON];
        for (unsigned i = 0; i < CLOCK_HORIZON; i++, *hand = (*hand + 1) % (PAGES / 64)) {
            place[i] = *hand;
            view[i] = (struct clock_view){.candidates = is_here[*hand], .accessed = touched[*hand]};
            touched[*hand] = 0;
        }
        pass = windows / (PAGES / 64);
        unsigned gone = clock_choose(view, CLOCK_HORIZON, pass + 1 < PASSES_MOST ? CLOCK_UNTOUCHED : CLOCK_ANY, BATCH);
        for (unsigned i = 0; i < CLOCK_HORIZON; i++) is_here[place[i]] &= ~view[i].chosen;
        *resident -= gone;
        if (gone > 0) return;
    }
}

static unsigned clock_misses(unsigned frames) {
    unsigned misses = 0, resident = 0, hand = 0;
    memset(is_here, 0, sizeof is_here);
    memset(touched, 0, sizeof touched);
    for (unsigned n = 0; n < trace_length; n++) {
        uint64_t word = trace[n] / 64, bit = UINT64_C(1) << trace[n] % 64;
        if ((is_here[word] & bit) == 0) {
            misses++;
            if (resident == frames) evict(&hand, &resident);
            is_here[word] |= bit;
            resident++;
        }
        touched[word] |= bit;
    }
    return misses;
}

static unsigned lru_misses(unsigned frames) {
    static uint16_t next[PAGES + 1], previous[PAGES + 1]; // PAGES: the head; the latest first
    static bool here[PAGES];
    unsigned misses = 0, resident = 0;
    next[PAGES] = previous[PAGES] = PAGES;
    memset(here, 0, sizeof here);
    for (unsigned n = 0; n < trace_length; n++) {
        uint16_t page = trace[n];
        if (!here[page]) {
            misses++;
            if (resident == frames) {
                uint16_t last = previous[PAGES];
                here[last] = false;
                previous[PAGES] = previous[last];
                next[previous[last]] = PAGES;
                resident--;
            }
            here[page] = true;
            resident++;
        } else {
            next[previous[page]] = next[page];
            previous[next[page]] = previous[page];
        }
        next[page] = next[PAGES];
        previous[next[PAGES]] = page;
        next[PAGES] = page;
        previous[page] = PAGES;
    }
    return misses;
}

// In hundredths of what LRU misses.
static void compare(const char *name, void (*work)(void), unsigned most) {
    trace_length = 0;
    work();
    for (unsigned frames = PAGES / 8; frames < PAGES; frames *= 2) {
        unsigned clock = clock_misses(frames), lru = lru_misses(frames);
        printf("# %s, %u pages of %u, %u accesses: clock %u misses (%.2f %%), LRU %u (%.2f %%)\n", name, frames, PAGES,
               trace_length, clock, 100.0 * clock / trace_length, lru, 100.0 * lru / trace_length);
        EXPECT(clock * 100 <= lru * most + 100 * 2 * BATCH, "%s in %u pages: %u misses, LRU %u", name, frames, clock,
               lru);
    }
}

TEST(the_clock_misses_hardly_more_than_true_lru) {
    compare("sort", sort_all, 140);
    compare("search", search, 140);
    compare("multiply", multiply, 140);
    compare("stream", stream, 140);
}
