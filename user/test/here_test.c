// SPDX-License-Identifier: MIT
// The same kinds in the process itself.
#include "lazy.h"

#include "../../pagers/kinds.h"

#include <os/arena.h>

enum { PAGES = 96, THREADS = 3 };

static bool begin(void) {
    static const struct pager_ops *const kinds[] = {&kind_anon, &kind_zero, &kind_cow};
    os_handler_set(suite_handler);
    return pager_here_start(kinds, 3) && pager_here_thread() == PAGER_OK;
}

static void live_by_oneself(uint64_t va) {
    struct os_object anon, zero, copy;
    struct pager_stat stat;
    EXPECT(begin());
    EXPECT_EQUAL(os_attach(&anon, OS_HERE, "anon", va, PAGES, BOTH_RIGHTS, 0), PAGER_OK);
    EXPECT_EQUAL(os_attach(&zero, OS_HERE, "zero", va + LAZY_SPACES * 4096, PAGES, BOTH_RIGHTS, 0), PAGER_OK);
    for (uint64_t page = 0; page < PAGES; page++) {
        EXPECT_EQUAL(load(zero.va + page * 4096), 0);
        store(anon.va + page * 4096, page + 1);
    }
    EXPECT_EQUAL(os_pager_stat(OS_HERE, zero.cookie, &stat), PAGER_OK);
    EXPECT_EQUAL(stat.resident, 0);
    EXPECT(stat.cases[PAGER_CASE_zero_read] > 0);
    for (uint64_t page = 0; page < PAGES; page++) store(zero.va + page * 4096, page + 7);
    EXPECT_EQUAL(os_snapshot(&anon, va + 2 * LAZY_SPACES * 4096, &copy), PAGER_OK);
    for (uint64_t page = 0; page < PAGES; page++) {
        EXPECT_EQUAL(load(zero.va + page * 4096), page + 7);
        store(anon.va + page * 4096, 500);
        EXPECT_EQUAL(load(copy.va + page * 4096), page + 1);
        store(copy.va + page * 4096, 600);
        EXPECT_EQUAL(load(anon.va + page * 4096), 500);
    }
    EXPECT_EQUAL(os_pager_stat(OS_HERE, anon.cookie, &stat), PAGER_OK);
    EXPECT_EQUAL(stat.cases[PAGER_CASE_copy], PAGES);
    EXPECT_EQUAL(os_discard(&anon, 0, PAGES), PAGER_OK);
    EXPECT_EQUAL(load(anon.va), 0);
    EXPECT_EQUAL(os_detach(&anon), PAGER_OK);
    EXPECT_EQUAL(os_detach(&zero), PAGER_OK);
    EXPECT_EQUAL(load(copy.va + 4096), 600);
    EXPECT_EQUAL(os_detach(&copy), PAGER_OK);
}

static void run(void (*function)(uint64_t argument)) {
    struct os_child child = suite_child_made(function, LAZY_START, 1024, 1);
    os_child_start(&child);
    suite_child_finish(&child);
}

TEST(the_same_kinds_serve_in_the_process_itself) { run(live_by_oneself); }

static volatile uint64_t failed_code, failed_at;

static void note_failure(struct upcall_registers *interrupted, struct os_fault *fault) {
    failed_code = FAULT_ERROR(TAG_LABEL(fault->message.tag));
    failed_at = fault->message.word[1];
    suite_skip(interrupted);
}

static void fail_by_oneself(uint64_t va) {
    struct os_object stack;
    EXPECT(begin());
    os_handler_set(note_failure);
    EXPECT_EQUAL(pager_here_thread(), PAGER_OK);
    EXPECT_EQUAL(os_attach(&stack, OS_HERE, "anon", va, PAGES, BOTH_RIGHTS | PAGER_STACK, 0), PAGER_OK);
    store(va + 4096, 1);
    store(va + 4088, 1);
    EXPECT_EQUAL(failed_code, FAULT_FAILED + PAGER_STACK_OVERFLOW);
    EXPECT_EQUAL(failed_at, va + 4088);
    EXPECT_EQUAL(os_detach(&stack), PAGER_OK);
}

TEST(errors_of_the_pager_in_the_process_reach_the_handler_that_was_there) { run(fail_by_oneself); }

static struct os_object shared;
static uint32_t sums[THREADS];

static void add_up(uint64_t number) {
    EXPECT_EQUAL(pager_here_thread(), PAGER_OK);
    for (uint64_t page = 0; page < PAGES; page++) {
        volatile uint32_t *at = (volatile uint32_t *)(shared.va + page * 4096);
        __atomic_fetch_add((uint32_t *)(uint64_t)at, 1, __ATOMIC_RELAXED);
        sums[number]++;
    }
}

static void share_with_threads(uint64_t va) {
    struct os_thread *thread[THREADS];
    EXPECT(begin());
    EXPECT_EQUAL(os_attach(&shared, OS_HERE, "zero", va, PAGES, BOTH_RIGHTS, 0), PAGER_OK);
    for (uint64_t i = 0; i < THREADS; i++) thread[i] = os_thread_run(add_up, i, OS_PRIORITY);
    for (uint64_t i = 0; i < THREADS; i++) os_thread_join(thread[i]);
    for (uint64_t page = 0; page < PAGES; page++) EXPECT_EQUAL(*(volatile uint32_t *)(va + page * 4096), THREADS);
    EXPECT_EQUAL(os_detach(&shared), PAGER_OK);
}

TEST(threads_share_the_pager_in_their_process) { run(share_with_threads); }
