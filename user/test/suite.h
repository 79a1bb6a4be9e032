// SPDX-License-Identifier: MIT
// Tests in user space: each is a sentence, and registers itself. The first program runs them, and speaks TAP.
#pragma once

#include <os/child.h>
#include <os/handlers.h>
#include <os/handles.h>
#include <os/stubs.h>
#include <os/threads.h>
#include <os/time.h>
#include <stdbool.h>
#include <stdint.h>

struct test {
    const char *name;
    void (*run)(void);
};

#define TEST(sentence)                                                                                         \
    static void sentence(void);                                                                                \
    static const struct test test_##sentence __attribute__((section(".tests"), used)) = {#sentence, sentence}; \
    static void sentence(void)

// A test goes on after a failure, and is reported as failed with the place; also from another thread, or a child.
#define EXPECT(condition)          ((condition) ? (void)0 : suite_fail(__FILE_NAME__, __LINE__, #condition, 0, 0))
#define EXPECT_EQUAL(value, other) suite_compare(__FILE_NAME__, __LINE__, #value " is " #other, value, other)
// The status of a result or a message.
#define EXPECT_STATUS(name, answer) \
    suite_compare(__FILE_NAME__, __LINE__, #answer " is " #name, (answer).status, STATUS_##name)

void suite_fail(const char *file, int line, const char *what, uint64_t value, uint64_t other);

static inline void suite_compare(const char *file, int line, const char *what, uint64_t value, uint64_t other) {
    if (value != other) suite_fail(file, line, what, value, other);
}

// A call that no correct program makes has this status, where suite_handler handles its fault.
#define STATUS_MISUSE 1000

// The handler that a test begins with: misuse is made a status, all else fails the test and is stepped over.
void suite_handler(struct upcall_registers *interrupted, struct os_fault *fault);

// Step over the instruction at pc, which has two or four bytes.
void suite_skip(struct upcall_registers *interrupted);

enum {
    REGISTER_A0 = 9, // index in upcall_registers.x
    REGISTER_A7 = 16,
    CHILD_QUOTA = 256,
    SUITE_PRIORITY = 12, // of the tests; the watch has more

};

// A child of rank 1 that has begun. Ends the suite when there is no memory.
struct os_child suite_child(void (*function)(uint64_t argument), uint64_t argument);
// The same, not begun, of any rank and quota.
struct os_child suite_child_made(void (*function)(uint64_t argument), uint64_t argument, uint64_t quota, unsigned rank);
// Expects its function to return, and ends it.
void suite_child_finish(struct os_child *child);

// Frames that the calling space has in use, those lent to others too.
uint64_t suite_frames_in_use(void);

// Waits at least so long.
void suite_sleep(uint64_t microseconds);
uint64_t suite_random(uint64_t *state);
