// SPDX-License-Identifier: MIT
// Host tests: each is a sentence that registers itself; the program speaks TAP. Included once per test program.
//   SEED=N repeats what was random; a word on the command line runs only the test of that name.
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TAP_TESTS = 256 };

struct tap_test {
    const char *name;
    void (*run)(void);
};

static struct tap_test tap_tests[TAP_TESTS];
static size_t tap_count;
static unsigned tap_failures; // in the running test
static uint64_t tap_state;
static const char *tap_skipped; // why the running test could not be run

#define TEST(sentence)                                                   \
    static void sentence(void);                                          \
    __attribute__((constructor)) static void register_##sentence(void) { \
        tap_tests[tap_count++] = (struct tap_test){#sentence, sentence}; \
    }                                                                    \
    static void sentence(void)

// The test goes on after a failure. Only the first ones are described.
#define EXPECT(condition, ...) ((condition) ? (void)0 : tap_fail(__LINE__, #condition, " " __VA_ARGS__))

__attribute__((format(printf, 3, 4))) static inline void tap_fail(int line, const char *condition, const char *text,
                                                                  ...) {
    if (tap_failures++ < 10) {
        va_list arguments;
        va_start(arguments, text);
        printf("# line %d: expected %s", line, condition);
        vprintf(text, arguments);
        printf("\n");
        va_end(arguments);
    }
}

static inline uint64_t tap_random(uint64_t below) {
    tap_state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = (tap_state ^ tap_state >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return (mixed ^ mixed >> 31) % below;
}

int main(int count, char **words) {
    const char *given = getenv("SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
    unsigned failed = 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("1..%zu\n# seed %lu, repeat with SEED=%lu\n", count > 1 ? 1 : tap_count, seed, seed);
    for (size_t i = 0, number = 0; i < tap_count; i++) {
        if (count > 1 && strcmp(words[1], tap_tests[i].name) != 0) continue;
        tap_failures = 0;
        tap_skipped = NULL;
        tap_state = seed; // of every test, so that it can be repeated alone
        tap_tests[i].run();
        failed += tap_failures > 0;
        printf("%s %zu - %s%s%s\n", tap_failures > 0 ? "not ok" : "ok", ++number, tap_tests[i].name,
               tap_skipped != NULL ? " # SKIP " : "", tap_skipped != NULL ? tap_skipped : "");
    }
    return failed > 0;
}
