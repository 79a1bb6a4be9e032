// SPDX-License-Identifier: MIT
// Tests inside the kernel: each is a sentence, and registers itself.
#pragma once

struct ktest {
    const char *name;
    void (*run)(void);
};

#define KTEST(sentence)                                                                                           \
    static void sentence(void);                                                                                   \
    static const struct ktest ktest_##sentence __attribute__((section(".ktests"), used)) = {#sentence, sentence}; \
    static void sentence(void)

// The test goes on after a failure, and is reported as failed with the place.
#define EXPECT(condition) ((condition) ? (void)0 : ktest_fail(__FILE_NAME__, __LINE__, #condition))

void ktest_fail(const char *file, int line, const char *what);

// Run all tests, in an order shuffled by ktest.seed=N, or only ktest.only=NAME; only in a kernel that has some.
// => the number of tests that failed
unsigned ktest_run(const char *arguments) __attribute__((weak));
