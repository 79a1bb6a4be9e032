// SPDX-License-Identifier: MIT
// The runner of the tests inside the kernel.
#include "ktest.h"

#include "arguments.h"
#include "check.h"
#include "console.h"
#include "frame.h"
#include "hart.h"
#include "string.h"
#include "timer.h"

enum {
    TESTS_MOST = 128,
};

extern const struct ktest ktests_start[], ktests_end[];

static bool failed;

void ktest_fail(const char *file, int line, const char *what) {
    failed = true;
    print("# %s:%d: expected %s\n", file, line, what);
}

static uint64_t next_random(uint64_t *state) {
    *state = *state * 6364136223846793005ull + 1442695040888963407ull;
    return *state >> 33;
}

static unsigned choose(const struct ktest **chosen, const char *only) {
    unsigned count = 0;
    for (const struct ktest *test = ktests_start; test < ktests_end && count < TESTS_MOST; test++) {
        if (only[0] == 0 || string_equal(only, test->name)) chosen[count++] = test;
    }
    return count;
}

static void shuffle(const struct ktest **chosen, unsigned count, uint64_t seed) {
    for (unsigned i = count; i > 1; i--) {
        unsigned other = (unsigned)(next_random(&seed) % i);
        const struct ktest *test = chosen[i - 1];
        chosen[i - 1] = chosen[other];
        chosen[other] = test;
    }
}

// A test leaves the kernel's tables in agreement, and as many free frames as it found.
static void run(const struct ktest *test) {
    uint64_t before = frame_free_count;
    failed = false;
    test->run();
    if (frame_free_count != before) print("# %lu frames were free before, %lu after\n", before, frame_free_count);
    EXPECT(frame_free_count == before);
    const char *wrong = kernel_check();
    if (wrong != NULL) print("# kernel_check: %s\n", wrong);
    EXPECT(wrong == NULL);
}

unsigned ktest_run(const char *arguments) {
    static const struct ktest *chosen[TESTS_MOST];
    char only[80] = "";
    uint64_t seed = timer_now() % 1000000;
    unsigned failures = 0;
    arguments_number(arguments, "ktest.seed", &seed);
    arguments_value(arguments, "ktest.only", only, sizeof only);
    unsigned count = choose(chosen, only);
    shuffle(chosen, count, seed);
    print("1..%u\n# seed %lu, repeat with ktest.seed=%lu\n", count, seed, seed);
    lock_acquire();
    for (unsigned i = 0; i < count; i++) {
        run(chosen[i]);
        failures += failed;
        print("%sok %u - %s\n", failed ? "not " : "", i + 1, chosen[i]->name);
    }
    lock_release();
    return failures;
}
