// SPDX-License-Identifier: MIT
// The runner of the tests in user space.
#include "suite.h"

#include <os/arena.h>
#include <os/begin.h>
#include <os/print.h>

#include "settings.h"
#include "string.h"
#include "watch.h"

#include <stddef.h>

enum { TESTS_MOST = 256, FAILURES_MOST = 8, WARM_HANDLES = 300, SETTLE_MOST = 100 };

extern const struct test tests_start[], tests_end[];

struct failure {
    const char *file, *what;
    uint64_t value, other;
    int line;
};

// In all spaces the same, so that children can fail too.
static OS_SHARED struct failure failures[FAILURES_MOST];
static OS_SHARED uint32_t failure_count;

void suite_fail(const char *file, int line, const char *what, uint64_t value, uint64_t other) {
    uint32_t mine = __atomic_fetch_add(&failure_count, 1, __ATOMIC_RELAXED);
    if (mine < FAILURES_MOST) failures[mine] = (struct failure){file, what, value, other, line};
}

static void tell_failures(void) {
    for (uint32_t i = 0; i < failure_count && i < FAILURES_MOST; i++) {
        const struct failure *failure = &failures[i];
        os_print("# %s:%d: expected %s", failure->file, failure->line, failure->what);
        if (failure->value != failure->other) os_print(": 0x%lx, 0x%lx", failure->value, failure->other);
        os_print("\n");
    }
    if (failure_count > FAILURES_MOST) os_print("# and %u more\n", failure_count - FAILURES_MOST);
}

uint64_t suite_random(uint64_t *state) {
    *state = *state * 6364136223846793005ull + 1442695040888963407ull;
    return *state >> 33;
}

static uint32_t choose(const struct test **chosen) {
    char only[128] = "";
    settings_text("only", only, sizeof only);
    uint32_t count = 0;
    for (const struct test *test = tests_start; test < tests_end && count < TESTS_MOST; test++) {
        if (only[0] == '\0' || string_equal(only, test->name)) chosen[count++] = test;
    }
    return count;
}

static void shuffle(const struct test **chosen, uint32_t count, uint64_t seed) {
    for (uint32_t i = count; i > 1; i--) {
        uint64_t other = suite_random(&seed) % i;
        const struct test *test = chosen[i - 1];
        chosen[i - 1] = chosen[other];
        chosen[other] = test;
    }
}

static struct space_counters counters(void) {
    os_space_control(HANDLE_SELF, SPACE_COUNTERS, 0, 0);
    return *(const struct space_counters *)os_self()->message;
}

uint64_t suite_frames_in_use(void) { return counters().used; }

// A test leaves as many frames in use as it found, and the quota as it was.
static bool run(const struct test *test) {
    failure_count = 0;
    struct space_counters before = counters();
    watch_begin(test->name);
    test->run();
    watch_end();
    os_handler_set(suite_handler);
    struct space_counters after = counters();
    for (unsigned i = 0; i < SETTLE_MOST && after.used != before.used; i++) {
        suite_sleep(1000); // what nobody waits for ends a little later
        after = counters();
    }
    EXPECT_EQUAL(after.used, before.used);
    EXPECT_EQUAL(after.quota, before.quota);
    tell_failures();
    return failure_count == 0;
}

// What a space keeps once it has it: page tables for all addresses that tests take, a page of handles.
static void warm(void) {
    for (uint64_t va = OS_ARENA_START; va < OS_ARENA_END; va += 512 * OS_PAGE) {
        if (os_alloc(va, 1, RIGHT_READ, 0, 0).status == STATUS_OK) os_unmap(0, va, 1);
    }
    static uint64_t ports[WARM_HANDLES];
    for (unsigned i = 0; i < WARM_HANDLES; i++) ports[i] = os_port_create().value;
    for (unsigned i = 0; i < WARM_HANDLES; i++) os_end(ports[i]);
}

int main(void) {
    static const struct test *chosen[TESTS_MOST];
    uint64_t time;
    __asm__ volatile("rdtime %0" : "=r"(time));
    uint64_t seed = settings_number("seed", time % 1000000);
    uint32_t count = choose(chosen), failed = 0;
    shuffle(chosen, count, seed);
    os_print("1..%u\n# seed %lu; to repeat, put a file suite.conf with a line seed=%lu into the image\n", count, seed,
             seed);
    os_handler_set(suite_handler);
    warm();
    watch_start();
    os_thread_control(HANDLE_SELF, THREAD_PRIORITY, SUITE_PRIORITY);
    suite_sleep(1000); // the watch has all that it needs
    for (uint32_t i = 0; i < count; i++) {
        bool passed = run(chosen[i]);
        failed += !passed;
        os_print("%sok %u - %s\n", passed ? "" : "not ", i + 1, chosen[i]->name);
    }
    return failed == 0 ? 0 : 2;
}
