// SPDX-License-Identifier: MIT
// cow over a source: the test is the source, and answers what the pager asks it for a client.
#include "lazy.h"

#include <os/arena.h>

enum { PAGES = 16, NUMBER = 3 };

static void use_private_data(uint64_t va) {
    struct os_object object, copy;
    EXPECT_EQUAL(os_attach(&object, LAZY_PAGER, "cow", va, PAGES, BOTH_RIGHTS, OS_CHILD_PORT), PAGER_OK);
    for (uint64_t page = 0; page < PAGES; page += 2) EXPECT_EQUAL(load(va + page * 4096), 500 + page);
    for (uint64_t page = 0; page < PAGES; page += 3) store(va + page * 4096 + 8, page);
    EXPECT_EQUAL(os_snapshot(&object, va + LAZY_SPACES * 4096, &copy), PAGER_OK);
    for (uint64_t page = 0; page < PAGES; page++) {
        EXPECT_EQUAL(load(copy.va + page * 4096), 500 + page);
        EXPECT_EQUAL(load(copy.va + page * 4096 + 8), page % 3 == 0 ? page : 0);
    }
    store(copy.va, 1);
    EXPECT_EQUAL(load(va), 500);
    step(1);
    EXPECT_EQUAL(os_discard(&object, 0, PAGES), PAGER_OK);
    EXPECT_EQUAL(load(va + 8), 0);
    EXPECT_EQUAL(load(va), 500);
    EXPECT_EQUAL(os_detach(&object), PAGER_OK);
    EXPECT_EQUAL(load(copy.va + 8), 0);
    EXPECT_EQUAL(os_detach(&copy), PAGER_OK);
}

// Answers for the pages at `pages` until the client calls. => how often it was asked
static unsigned be_source(const struct os_child *child, uint64_t pages, uint64_t rights, struct message *call) {
    for (unsigned times = 0;; times++) {
        *call = client_message(child);
        if (TAG_KIND(call->tag) != MESSAGE_FAULT) return times;
        EXPECT_EQUAL(FAULT_ACCESS(label_of(call)), FAULT_READ);
        EXPECT(call->word[2] < PAGES * 4096);
        EXPECT_EQUAL(verdict_map(call, pages + call->word[2], call->word[1], 1, rights), STATUS_OK);
    }
}

static void over_a_source(uint64_t rights) {
    struct host host = host_start(HOST_QUOTA);
    struct os_child child = lazy_client(&host, use_private_data, LAZY_START, NUMBER);
    uint64_t pages = os_pages_take(PAGES);
    struct message call;
    for (uint64_t page = 0; page < PAGES; page++) store(pages + page * 4096, 500 + page);
    os_child_start(&child);
    EXPECT(be_source(&child, pages, rights, &call) >= PAGES);
    struct pager_stat stat = host_stat(&host, 0);
    EXPECT((stat.cases[PAGER_CASE_source] > 0) == ((rights & RIGHT_SHARE) != 0));
    go_on(&call);
    be_source(&child, pages, rights, &call);
    EXPECT_EQUAL(TAG_KIND(call.tag), MESSAGE_NOTIFY);
    EXPECT(call.word[0] == OS_CHILD_DONE);
    os_child_end(&child);
    stat = host_stat(&host, 0);
    EXPECT_EQUAL(stat.objects, 0);
    EXPECT_EQUAL(stat.frames, stat.frames_free);
    host_end(&host);
    for (uint64_t page = 0; page < PAGES; page++) EXPECT_EQUAL(load(pages + page * 4096 + 8), 0);
    os_pages_give(pages, PAGES);
}

TEST(private_data_is_read_from_its_source_and_copied_when_it_is_written) { over_a_source(RIGHT_READ | RIGHT_SHARE); }

TEST(a_source_that_keeps_its_pages_to_itself_is_copied_at_once) { over_a_source(RIGHT_READ); }

static void hear_of_the_failure(uint64_t va) {
    struct os_object object;
    EXPECT_EQUAL(os_attach(&object, LAZY_PAGER, "cow", va, PAGES, BOTH_RIGHTS, OS_CHILD_PORT), PAGER_OK);
    EXPECT_EQUAL(try_load(va), PAGER_SOURCE_FAILED);
    EXPECT_EQUAL(try_load(va), 0);
    EXPECT_EQUAL(os_attach(&object, LAZY_PAGER, "cow", va, PAGES, BOTH_RIGHTS, 0), PAGER_BAD_ARGUMENT);
}

TEST(a_source_that_fails_is_an_error_to_the_client_and_is_asked_again) {
    struct host host = host_start(HOST_QUOTA);
    struct os_child child = lazy_client(&host, hear_of_the_failure, LAZY_START, NUMBER);
    uint64_t page = os_pages_take(1);
    os_child_start(&child);
    struct message fault = client_message(&child);
    EXPECT_EQUAL(verdict_of(&fault, VERDICT_FAIL, 5, 0, 0, 0), STATUS_OK);
    fault = client_message(&child);
    EXPECT_EQUAL(verdict_map(&fault, page, fault.word[1], 1, RIGHT_READ), STATUS_OK);
    suite_child_finish(&child);
    host_end(&host);
    os_pages_give(page, 1);
}

static void wait_for_it(uint64_t va) {
    struct os_object object, other;
    EXPECT_EQUAL(os_attach(&object, LAZY_PAGER, "cow", va, PAGES, BOTH_RIGHTS, OS_CHILD_PORT), PAGER_OK);
    EXPECT_EQUAL(os_attach(&other, LAZY_PAGER, "anon", va + LAZY_SPACES * 4096, PAGES, BOTH_RIGHTS, 0), PAGER_OK);
    step(1);
    EXPECT_EQUAL(load(va), 77);
}

static void go_on_meanwhile(uint64_t va) {
    for (uint64_t page = 0; page < PAGES; page++) store(va + page * 4096, page);
}

TEST(a_slow_source_delays_nobody_else) {
    struct host host = host_start(HOST_QUOTA);
    struct os_child child = lazy_client(&host, wait_for_it, LAZY_START, NUMBER);
    struct os_child other = lazy_client(&host, go_on_meanwhile, LAZY_START, NUMBER + 1);
    host_attach(&host, &other, "zero", LAZY_START, PAGES, BOTH_RIGHTS, NUMBER + 1);
    uint64_t page = os_pages_take(1);
    store(page, 77);
    os_child_start(&child);
    struct message call = await(&child, 1);
    go_on(&call);
    struct message fault = client_message(&child);
    EXPECT_EQUAL(TAG_KIND(fault.tag), MESSAGE_FAULT);
    os_child_start(&other);
    suite_child_finish(&other);
    EXPECT_EQUAL(verdict_map(&fault, page, fault.word[1], 1, RIGHT_READ | RIGHT_SHARE), STATUS_OK);
    suite_child_finish(&child);
    host_end(&host);
    os_pages_give(page, 1);
}

// Its source is the test, which never answers.
static void wait_in_vain(uint64_t va) {
    struct os_object object;
    EXPECT_EQUAL(os_attach(&object, LAZY_PAGER, "cow", va, PAGES, BOTH_RIGHTS, OS_CHILD_PORT), PAGER_OK);
    step(1);
    load(va);
}

TEST(a_source_that_never_answers_keeps_no_other_source_waiting) {
    struct host host = host_start(HOST_QUOTA);
    struct os_child stuck = lazy_client(&host, wait_in_vain, LAZY_START, NUMBER);
    struct os_child child = lazy_client(&host, wait_for_it, LAZY_START, NUMBER + 1);
    uint64_t page = os_pages_take(1);
    store(page, 77);
    os_child_start(&stuck);
    struct message at = await(&stuck, 1);
    go_on(&at);
    struct message never = client_message(&stuck);
    EXPECT_EQUAL(TAG_KIND(never.tag), MESSAGE_FAULT);
    os_child_start(&child);
    at = await(&child, 1);
    go_on(&at);
    struct message fault = client_message(&child);
    EXPECT_EQUAL(verdict_map(&fault, page, fault.word[1], 1, RIGHT_READ | RIGHT_SHARE), STATUS_OK);
    suite_child_finish(&child);
    os_child_end(&stuck);
    EXPECT_EQUAL(host_stat(&host, 0).objects, 0);
    host_end(&host);
    os_pages_give(page, 1);
}

static void die_waiting(uint64_t va) {
    struct os_object object;
    EXPECT_EQUAL(os_attach(&object, LAZY_PAGER, "cow", va, PAGES, BOTH_RIGHTS, OS_CHILD_PORT), PAGER_OK);
    load(va);
}

TEST(a_client_that_dies_while_its_page_is_fetched_leaves_nothing) {
    struct host host = host_start(HOST_QUOTA);
    struct os_child child = lazy_client(&host, die_waiting, LAZY_START, NUMBER);
    os_child_start(&child);
    struct message fault = client_message(&child);
    EXPECT_EQUAL(TAG_KIND(fault.tag), MESSAGE_FAULT);
    os_child_end(&child); // the source's port goes with it
    struct pager_stat stat = host_stat(&host, 0);
    EXPECT_EQUAL(stat.objects, 0);
    EXPECT_EQUAL(stat.frames, stat.frames_free);
    host_end(&host);
}

enum { WAITERS = 4 };

static OS_SHARED volatile uint64_t arrived;

// Readers and writers of one page.
static void want_the_page(uint64_t number) {
    os_handler_set(suite_handler);
    volatile uint64_t *word = (volatile uint64_t *)LAZY_START;
    __atomic_fetch_add(&arrived, 1, __ATOMIC_RELAXED);
    if (number % 2 == 0)
        EXPECT_EQUAL(*word, 33);
    else
        word[number] = number;
}

static void want_it_together(uint64_t va) {
    struct os_object object;
    struct os_thread *thread[WAITERS];
    EXPECT_EQUAL(os_attach(&object, LAZY_PAGER, "cow", va, PAGES, BOTH_RIGHTS, OS_CHILD_PORT), PAGER_OK);
    for (uint64_t i = 0; i < WAITERS; i++) thread[i] = os_thread_run(want_the_page, i, OS_PRIORITY);
    for (uint64_t i = 0; i < WAITERS; i++) os_thread_join(thread[i]);
    for (uint64_t i = 0; i < WAITERS; i++) EXPECT_EQUAL(load(va + i * 8), i == 0 ? 33 : i % 2 == 0 ? 0 : i);
}

TEST(threads_that_wait_for_one_page_make_one_fetch_and_all_go_on) {
    struct host host = host_start(HOST_QUOTA);
    struct os_child child = lazy_client(&host, want_it_together, LAZY_START, NUMBER);
    uint64_t page = os_pages_take(1);
    store(page, 33);
    arrived = 0;
    os_child_start(&child);
    struct message fault = client_message(&child);
    EXPECT_EQUAL(TAG_KIND(fault.tag), MESSAGE_FAULT);
    for (unsigned i = 0; i < 1000 && arrived < WAITERS; i++) suite_sleep(1000);
    suite_sleep(5000);
    EXPECT_EQUAL(verdict_map(&fault, page, fault.word[1], 1, RIGHT_READ | RIGHT_SHARE), STATUS_OK);
    suite_child_finish(&child); // it has asked for nothing more
    host_end(&host);
    os_pages_give(page, 1);
}

static void hear_that_it_cannot_be_read(uint64_t va) {
    struct os_object object;
    EXPECT_EQUAL(os_attach(&object, LAZY_PAGER, "cow", va, PAGES, BOTH_RIGHTS, OS_CHILD_PORT), PAGER_OK);
    EXPECT_EQUAL(try_store(va, 1), PAGER_SOURCE_FAILED);
    EXPECT_EQUAL(try_store(va, 1), PAGER_SOURCE_FAILED);
    EXPECT_EQUAL(try_store(va, 1), PAGER_OK);
    EXPECT_EQUAL(load(va + 8), 21);
}

TEST(a_page_that_the_pager_cannot_read_is_an_error_and_harms_nobody) {
    static const uint64_t rights[] = {0, RIGHT_SHARE, RIGHT_READ};
    struct host host = host_start(HOST_QUOTA);
    struct os_child child = lazy_client(&host, hear_that_it_cannot_be_read, LAZY_START, NUMBER);
    uint64_t page = os_pages_take(1);
    store(page + 8, 21);
    os_child_start(&child);
    for (unsigned i = 0; i < 3; i++) {
        struct message fault = client_message(&child);
        EXPECT_EQUAL(TAG_KIND(fault.tag), MESSAGE_FAULT);
        EXPECT_EQUAL(verdict_map(&fault, page, fault.word[1], 1, rights[i]), STATUS_OK);
    }
    suite_child_finish(&child);
    host_end(&host);
    os_pages_give(page, 1);
}

static void load_first_word(uint64_t va) {
    os_handler_set(suite_handler);
    __atomic_fetch_add(&arrived, 1, __ATOMIC_RELAXED);
    EXPECT_EQUAL(load(va), 55);
}

static void discard_while_it_is_fetched(uint64_t va) {
    struct os_object object;
    EXPECT_EQUAL(os_attach(&object, LAZY_PAGER, "cow", va, PAGES, BOTH_RIGHTS, OS_CHILD_PORT), PAGER_OK);
    struct os_thread *thread = os_thread_run(load_first_word, va, OS_PRIORITY);
    while (arrived == 0) suite_sleep(100);
    step(1);
    EXPECT_EQUAL(os_discard(&object, 0, PAGES), PAGER_OK);
    step(2);
    os_thread_join(thread);
}

TEST(who_waits_for_a_page_that_is_discarded_meanwhile_gets_it_all_the_same) {
    struct host host = host_start(HOST_QUOTA);
    struct os_child child = lazy_client(&host, discard_while_it_is_fetched, LAZY_START, NUMBER);
    uint64_t page = os_pages_take(1);
    store(page, 55);
    arrived = 0;
    os_child_start(&child);
    struct message fault = {0}, call;
    for (unsigned steps = 0; steps < 2;) {
        call = client_message(&child);
        if (TAG_KIND(call.tag) == MESSAGE_FAULT) {
            fault = call;
            continue;
        }
        if (++steps == 1) suite_sleep(5000); // so that the page is being fetched
        if (steps == 1) go_on(&call);
    }
    if (fault.token == 0) fault = client_message(&child);
    EXPECT_EQUAL(verdict_map(&fault, page, fault.word[1], 1, RIGHT_READ | RIGHT_SHARE), STATUS_OK);
    go_on(&call);
    suite_child_finish(&child);
    host_end(&host);
    os_pages_give(page, 1);
}
