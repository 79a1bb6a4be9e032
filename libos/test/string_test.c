// SPDX-License-Identifier: MIT
// The byte functions against the host's, at every alignment. They are compiled in under other names.
#define memset  tested_memset
#define memcpy  tested_memcpy
#define memmove tested_memmove
#define memcmp  tested_memcmp
#include "string.c"
#undef memset
#undef memcpy
#undef memmove
#undef memcmp

#include "tap.h"

enum { ROOM = 9000, MARGIN = 64 };

static uint8_t mine[ROOM] __attribute__((aligned(8))), host[ROOM] __attribute__((aligned(8)));

static size_t random_size(void) {
    static const size_t sizes[] = {20, 300, 4096 + 20};
    return tap_random(4) == 0 ? 4096 : (size_t)tap_random(sizes[tap_random(3)]);
}

static size_t random_offset(void) {
    return tap_random(2) == 0 ? 8 * (size_t)tap_random(8) : (size_t)tap_random(MARGIN);
}

static void scramble(void) {
    for (size_t i = 0; i < ROOM; i++) mine[i] = host[i] = (uint8_t)tap_random(256);
}

TEST(memset_fills_exactly_the_bytes_it_is_given) {
    scramble();
    for (int round = 0; round < 5000; round++) {
        size_t offset = random_offset(), size = random_size();
        int value = (int)tap_random(1000) - 500;
        memset(host + offset, value, size);
        EXPECT(tested_memset(mine + offset, value, size) == mine + offset);
        EXPECT(memcmp(mine, host, ROOM) == 0, "offset %zu size %zu", offset, size);
    }
}

TEST(memcpy_copies_exactly_the_bytes_it_is_given) {
    static uint8_t source[ROOM] __attribute__((aligned(8)));
    scramble();
    for (int round = 0; round < 5000; round++) {
        size_t to = random_offset(), from = random_offset(), size = random_size();
        for (size_t i = 0; i < 100; i++) source[tap_random(ROOM)] = (uint8_t)tap_random(256);
        memcpy(host + to, source + from, size);
        EXPECT(tested_memcpy(mine + to, source + from, size) == mine + to);
        EXPECT(memcmp(mine, host, ROOM) == 0, "to %zu from %zu size %zu", to, from, size);
    }
}

TEST(memmove_moves_between_places_that_overlap) {
    scramble();
    for (int round = 0; round < 5000; round++) {
        size_t to = random_offset(), from = random_offset(), size = random_size();
        memmove(host + to, host + from, size);
        EXPECT(tested_memmove(mine + to, mine + from, size) == mine + to);
        EXPECT(memcmp(mine, host, ROOM) == 0, "to %zu from %zu size %zu", to, from, size);
    }
}

TEST(memcmp_orders_by_the_first_byte_that_differs) {
    scramble();
    for (int round = 0; round < 5000; round++) {
        size_t size = random_size();
        if (size > 0) mine[tap_random(size)] ^= (uint8_t)(tap_random(2) * 0x81);
        int expected = memcmp(mine, host, size), answer = tested_memcmp(mine, host, size);
        EXPECT((expected < 0) == (answer < 0) && (expected > 0) == (answer > 0));
        memcpy(mine, host, ROOM);
    }
}

TEST(strings_have_a_length_and_are_equal_or_not) {
    EXPECT(string_length("") == 0 && string_length("pagoda") == 6);
    EXPECT(string_equal("", "") && string_equal("fault", "fault"));
    EXPECT(!string_equal("", "a") && !string_equal("a", "") && !string_equal("fault", "faults"));
    EXPECT(!string_equal("faults", "fault") && !string_equal("fault", "vault"));
}
