// SPDX-License-Identifier: MIT
// Clients that lie to a pager, and pagers that die.
#include "lazy.h"

#include <os/arena.h>
#include <os/ranges.h>

enum { PAGES = 32, MESSES = 3000, KILLS = 12 };

static OS_SHARED volatile uint64_t victim_cookie, seed, settled;

static void wait_as_victim(uint64_t va) {
    struct os_object object;
    EXPECT_EQUAL(os_attach(&object, LAZY_PAGER, "anon", va, PAGES, BOTH_RIGHTS, 0), PAGER_OK);
    for (uint64_t page = 0; page < PAGES; page++) store(va + page * 4096, page + 1);
    victim_cookie = object.cookie;
    step(1);
    for (uint64_t page = 0; page < PAGES; page++) EXPECT_EQUAL(load(va + page * 4096), page + 1);
    EXPECT_EQUAL(os_detach(&object), PAGER_OK);
}

static uint64_t ask(uint64_t label, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3, uint64_t w4) {
    const uint64_t word[5] = {w0, w1, w2, w3, w4};
    return os_pager_ask(LAZY_PAGER, label, word, NULL);
}

static void use_the_cookie_of_another(uint64_t va) {
    uint64_t id = os_space_control(HANDLE_SELF, SPACE_ID, 0, 0).value, cookie = victim_cookie;
    EXPECT_EQUAL(ask(PAGER_CALL_detach, cookie, 0, 0, 0, 0), PAGER_NOT_YOURS);
    EXPECT_EQUAL(ask(PAGER_CALL_fork, cookie, id, va, 0, 0), PAGER_NOT_YOURS);
    EXPECT_EQUAL(ask(PAGER_CALL_resize, cookie, -1ul, 0, 0, 0), PAGER_NOT_YOURS);
    EXPECT_EQUAL(ask(PAGER_CALL_discard, cookie, 0, 1, 0, 0), PAGER_NOT_YOURS);
    EXPECT_EQUAL(ask(PAGER_CALL_stat, cookie, 0, 0, 0, 0), PAGER_NOT_YOURS);
    EXPECT_EQUAL(ask(PAGER_CALL_forget, 1, 0, 0, 0, 0), PAGER_NOT_YOURS);
    EXPECT_EQUAL(ask(PAGER_CALL_attach | BOTH_RIGHTS << PAGER_OPTIONS_SHIFT, pager_kind("anon"), id, va,
                     1 | UINT64_C(1) << PAGER_SECOND_SHIFT, 0),
                 PAGER_NOT_YOURS);
    EXPECT_STATUS(OK, os_region(HANDLE_SELF, va, PAGES, LAZY_PAGER, cookie, 0, BOTH_RIGHTS, 0));
    EXPECT_EQUAL(try_load(va), PAGER_NO_OBJECT);
    EXPECT_EQUAL(try_store(va, 1), PAGER_NO_OBJECT);
    EXPECT_EQUAL(ask(PAGER_CALL_detach, 0, 0, 0, 0, 0), PAGER_NO_OBJECT); // what is unused has the cookie 0
    EXPECT_STATUS(OK, os_region_range(HANDLE_SELF, va, PAGES, REGION_REMOVE, 0, 0, 0, 0));
}

TEST(the_cookie_of_another_client_opens_nothing) {
    struct host host = host_start(HOST_QUOTA);
    struct os_child victim = lazy_client(&host, wait_as_victim, LAZY_START, 1);
    struct os_child thief = lazy_client(&host, use_the_cookie_of_another, LAZY_START, 2);
    os_child_start(&victim);
    struct message at = await(&victim, 1);
    os_child_start(&thief);
    suite_child_finish(&thief);
    go_on(&at);
    suite_child_finish(&victim);
    host_end(&host);
}

// Words that are near to sense are more dangerous than random ones.
static uint64_t strange(uint64_t *state, uint64_t cookie) {
    static const uint64_t edges[] = {0, 1, PAGES, 4096, LAZY_START, -1ul, 1ul << 63, 1ul << 38, 1ul << 32};
    uint64_t pick = suite_random(state) % 12;
    if (pick < sizeof edges / sizeof edges[0]) return edges[pick];
    return pick == 9 ? cookie : pick == 10 ? cookie ^ 1 << suite_random(state) % 20 : suite_random(state) << 20;
}

static void send_garbage(uint64_t va) {
    struct os_object object;
    uint64_t state = seed, id = os_space_control(HANDLE_SELF, SPACE_ID, 0, 0).value;
    EXPECT_EQUAL(os_attach(&object, LAZY_PAGER, "zero", va, PAGES, BOTH_RIGHTS, 0), PAGER_OK);
    for (unsigned i = 0; i < MESSES; i++) {
        uint64_t word[5], label = suite_random(&state) % (PAGER_CALLS + 2);
        for (unsigned w = 0; w < 5; w++) word[w] = strange(&state, object.cookie);
        if (label == PAGER_CALL_attach && suite_random(&state) % 2 == 0) word[0] = pager_kind("anon");
        if (suite_random(&state) % 2 == 0) word[1] = id;
        label |= suite_random(&state) % 512 << PAGER_OPTIONS_SHIFT;
        if (suite_random(&state) % 16 == 0) // not a call at all
            os_call(LAZY_PAGER, MESSAGE_FAULT | label << TAG_LABEL_SHIFT, 0, va + 0x40000000, word[2], 1, 0);
        else if (os_pager_ask(LAZY_PAGER, label, word, NULL) >= PAGER_ERRORS)
            EXPECT(false);
    }
    ask(PAGER_CALL_forget, 0, 0, 0, 0, 0);
    ask(PAGER_CALL_forget, 3, 0, 0, 0, 0);
    os_region_range(HANDLE_SELF, va, PAGES, REGION_REMOVE, 0, 0, 0, 0);
    EXPECT_EQUAL(os_attach(&object, LAZY_PAGER, "anon", va, PAGES, BOTH_RIGHTS, 0), PAGER_OK);
    store(va, 5);
    EXPECT_EQUAL(load(va), 5);
}

TEST(garbage_is_answered_with_an_error_and_harms_nobody) {
    struct host host = host_start(HOST_QUOTA);
    seed = os_now();
    struct os_child victim = lazy_client(&host, wait_as_victim, LAZY_START, 1);
    struct os_child child = lazy_client(&host, send_garbage, LAZY_START, 3);
    os_child_start(&victim);
    struct message at = await(&victim, 1);
    os_child_start(&child);
    suite_child_finish(&child);
    go_on(&at);
    suite_child_finish(&victim);
    struct pager_stat stat = host_stat(&host, 0);
    EXPECT_EQUAL(stat.frames, stat.frames_free);
    host_end(&host);
}

static void attach_for_ever(uint64_t va) {
    uint64_t id = os_space_control(HANDLE_SELF, SPACE_ID, 0, 0).value, count = 0, error;
    do error = ask(PAGER_CALL_attach | BOTH_RIGHTS << PAGER_OPTIONS_SHIFT, pager_kind("anon"), id, va, PAGES, 0);
    while (error == PAGER_OK && ++count < 100000);
    EXPECT_EQUAL(error, PAGER_FULL);
    EXPECT_EQUAL(ask(PAGER_CALL_forget, 2, 0, 0, 0, 0), PAGER_OK);
}

TEST(a_client_that_attaches_for_ever_fills_only_its_own_share) {
    struct host host = host_start(HOST_QUOTA);
    struct os_child child = lazy_client(&host, attach_for_ever, LAZY_START, 2);
    struct os_child other = lazy_client(&host, wait_as_victim, LAZY_START, 1);
    os_child_start(&child);
    os_child_start(&other);
    struct message at = await(&other, 1);
    go_on(&at);
    suite_child_finish(&other);
    suite_child_finish(&child);
    EXPECT_EQUAL(host_stat(&host, 0).objects, 0);
    host_end(&host);
}

// Touches pages for ever, until its pager is gone; any other error is wrong.
static void outlive_the_pager(uint64_t va) {
    struct os_object object, copy;
    for (uint64_t round = 0;; round++) {
        enum pager_error error = os_attach(&object, LAZY_PAGER, round % 2 ? "anon" : "zero", va, PAGES, BOTH_RIGHTS, 0);
        if (error != PAGER_OK) break;
        for (uint64_t page = 0; page < PAGES; page++) {
            uint64_t failed = try_store(va + page * 4096, page);
            if (failed == PAGER_OK) failed = try_load(va + page * 4096);
            if (failed == PAGER_OK) continue;
            EXPECT_EQUAL(failed, 1000 + FAULT_DEAD);
            break;
        }
        if (os_snapshot(&object, va + LAZY_SPACES * 4096, &copy) == PAGER_OK) {
            try_store(copy.va, 1);
            os_detach(&copy);
        }
        os_detach(&object);
    }
    __atomic_fetch_add(&settled, 1, __ATOMIC_RELAXED);
}

TEST(a_pager_killed_at_any_moment_leaves_its_clients_a_typed_error) {
    uint64_t state = os_now();
    for (unsigned i = 0; i < KILLS; i++) {
        struct host host = host_start(HOST_QUOTA);
        struct os_child child[2];
        settled = 0;
        for (unsigned c = 0; c < 2; c++) {
            child[c] = lazy_client(&host, outlive_the_pager, LAZY_START, c + 1);
            os_child_start(&child[c]);
        }
        suite_sleep(500 + suite_random(&state) % 4000);
        os_finish(host.child.space);
        for (unsigned c = 0; c < 2; c++) suite_child_finish(&child[c]);
        EXPECT_EQUAL(settled, 2);
        host_end(&host);
    }
}

static void share_what_it_pays_for(uint64_t va) {
    for (unsigned i = 0; i < 20; i++) {
        struct os_object object;
        EXPECT_EQUAL(
            os_attach(&object, LAZY_PAGER, "anon", va, PAGES, BOTH_RIGHTS | PAGER_SHARED | PAGER_CLIENT_PAYS, 0),
            PAGER_OK);
        for (uint64_t page = 0; page < PAGES; page++) store(va + page * 4096, i);
        EXPECT_STATUS(OK, os_region(HANDLE_SELF, va + 0x100000, 1, REGION_SELF, 0, 0, BOTH_RIGHTS, 0));
        EXPECT_STATUS(OK, os_map2(va, 0, va + 0x100000, 1, BOTH_RIGHTS));
        EXPECT_EQUAL(os_detach(&object), PAGER_OK);
        EXPECT_EQUAL(load(va + 0x100000), i);
        EXPECT_STATUS(OK, os_region_range(HANDLE_SELF, va + 0x100000, 1, REGION_REMOVE, 0, 0, 0, 0));
    }
}

TEST(frames_that_may_have_been_passed_on_go_back_and_are_given_to_nobody) { lazy_alone(share_what_it_pays_for, 1); }

static void go_on_with_the_fallback(uint64_t va) {
    store(va, 1);
    step(1);
    EXPECT_EQUAL(try_store(va + 4096, 2), PAGER_OK);
    EXPECT_EQUAL(load(va + 4096 + 8), 99);
    EXPECT_EQUAL(load(va), 1); // what the dead pager gave stays
}

TEST(where_a_pager_dies_its_fallback_answers) {
    struct host host = host_start(HOST_QUOTA);
    struct os_child child = lazy_client(&host, go_on_with_the_fallback, LAZY_START, 1);
    uint64_t page = os_pages_take(1), cookie = 0;
    const uint64_t word[5] = {pager_kind("anon"), child.id, LAZY_START, PAGES | UINT64_C(1) << PAGER_SECOND_SHIFT};
    EXPECT_EQUAL(os_pager_ask(host.port, PAGER_CALL_attach | BOTH_RIGHTS << PAGER_OPTIONS_SHIFT, word, &cookie),
                 PAGER_OK);
    EXPECT_STATUS(OK, os_region(child.space, LAZY_START, PAGES, host.port, cookie, 0, BOTH_RIGHTS, child.port));
    store(page + 8, 99);
    os_child_start(&child);
    struct message at = await(&child, 1);
    os_finish(host.child.space);
    go_on(&at);
    struct message fault = client_message(&child);
    EXPECT_EQUAL(TAG_KIND(fault.tag), MESSAGE_FAULT);
    EXPECT_EQUAL(fault.badge, cookie);
    EXPECT_EQUAL(verdict_map(&fault, page, page_of(fault.word[1]), 1, BOTH_RIGHTS), STATUS_OK);
    suite_child_finish(&child);
    host_end(&host);
    os_pages_give(page, 1);
}

// A pager above a pager: gets a page into a window of its own, and may pass it on.
static void use_a_window(uint64_t va) {
    struct os_object object;
    uint64_t tag = MESSAGE_FAULT | (uint64_t)FAULT_WRITE << TAG_LABEL_SHIFT, window = va + 0x100000;
    EXPECT_EQUAL(os_attach(&object, LAZY_PAGER, "anon", va, PAGES, BOTH_RIGHTS | PAGER_WINDOW | PAGER_SHARED, 0),
                 PAGER_OK);
    EXPECT_STATUS(OK, os_region(HANDLE_SELF, window, PAGES, REGION_SELF, 0, 0, BOTH_RIGHTS, 0));
    struct message got = os_call(object.window, tag, 0, window + 4096, 7 * 4096, 1, 0);
    EXPECT_STATUS(OK, got);
    store(window + 4096, 42);
    EXPECT_STATUS(OK, os_call(object.window, tag, 0, window, 7 * 4096, 1, 0));
    EXPECT_EQUAL(load(window), 42);
    EXPECT_STATUS(OK, os_map2(window, 0, window + 8 * 4096, 1, BOTH_RIGHTS));
    EXPECT_STATUS(FAILED, os_call(object.window, tag, 0, window, PAGES * 4096, 1, 0));
    EXPECT_EQUAL(os_call(object.window, MESSAGE_CALL, 0, 0, 0, 0, 0).word[0], PAGER_NOT_YOURS);
    const uint64_t word[5] = {object.cookie};
    EXPECT_EQUAL(os_pager_ask(LAZY_PAGER, PAGER_CALL_detach, word, NULL), PAGER_OK);
    EXPECT_STATUS(FAILED, os_call(object.window, tag, 0, window, 0, 1, 0));
    EXPECT_EQUAL(load(window + 8 * 4096), 42); // what was passed on is nobody else's now
    EXPECT_EQUAL(os_attach(&object, LAZY_PAGER, "anon", va, PAGES, BOTH_RIGHTS, 0), PAGER_OK);
    for (uint64_t page = 0; page < PAGES; page++) store(va + page * 4096, 1);
    EXPECT_EQUAL(load(window), 42);
    EXPECT_EQUAL(os_detach(&object), PAGER_OK);
}

TEST(a_pager_above_gets_pages_into_a_window_and_nobody_gets_them_after_it) {
    struct host host = host_start(HOST_QUOTA);
    struct os_child child = lazy_client(&host, use_a_window, LAZY_START, 1);
    os_child_start(&child);
    suite_child_finish(&child);
    host_end(&host);
}

// No space has this number.
#define NO_SPACE (UINT64_C(1) << 40)

static uint64_t fork_into(uint64_t cookie, uint64_t space, uint64_t va, uint64_t *copy) {
    const uint64_t word[5] = {cookie, space, va};
    return os_pager_ask(LAZY_PAGER, PAGER_CALL_fork, word, copy);
}

static void fork_into_nowhere(uint64_t va) {
    struct os_object object;
    uint64_t copy, other, error;
    EXPECT_EQUAL(os_attach(&object, LAZY_PAGER, "anon", va, PAGES, BOTH_RIGHTS, 0), PAGER_OK);
    for (uint64_t page = 0; page < PAGES; page++) store(va + page * 4096, page + 1);
    EXPECT_EQUAL(fork_into(object.cookie, NO_SPACE, va, &copy), PAGER_OK);
    do error = fork_into(copy, NO_SPACE, va, &other);
    while (error == PAGER_OK);
    EXPECT_EQUAL(error, PAGER_NO_OBJECT);
    for (uint64_t page = 0; page < PAGES; page++) EXPECT_EQUAL(load(va + page * 4096), page + 1);
}

TEST(a_fork_that_ends_its_own_parent_to_make_room_is_refused) { lazy_alone(fork_into_nowhere, 1); }

static OS_SHARED volatile uint64_t victim_space;

// Objects that are said to be for the space of another.
static void claim_the_pages_of_another(uint64_t va) {
    struct os_object object;
    uint64_t copy = 0, pages = 0;
    EXPECT_EQUAL(os_attach(&object, LAZY_PAGER, "anon", va + LAZY_SPACES * 4096, PAGES, BOTH_RIGHTS, 0), PAGER_OK);
    for (uint64_t page = 0; page < PAGES; page++) store(object.va + page * 4096, 1);
    EXPECT_EQUAL(fork_into(object.cookie, victim_space, va, &copy), PAGER_OK);
    struct os_object claimed = {.pager = LAZY_PAGER, .cookie = copy, .va = va, .pages = PAGES};
    EXPECT_EQUAL(os_discard(&claimed, 0, PAGES / 2), PAGER_OK);
    EXPECT_EQUAL(os_resize(&claimed, -PAGES, &pages), PAGER_OK);
    EXPECT_EQUAL(ask(PAGER_CALL_detach, copy, 0, 0, 0, 0), PAGER_OK);
}

TEST(who_claims_the_pages_of_another_takes_none_of_them_away) {
    struct host host = host_start(HOST_QUOTA);
    struct os_child victim = lazy_client(&host, wait_as_victim, LAZY_START, 1);
    struct os_child thief = lazy_client(&host, claim_the_pages_of_another, LAZY_START, 2);
    victim_space = victim.id;
    os_child_start(&victim);
    struct message at = await(&victim, 1);
    os_child_start(&thief);
    suite_child_finish(&thief);
    EXPECT_EQUAL(host_stat(&host, victim_cookie).dirty, PAGES);
    go_on(&at);
    suite_child_finish(&victim);
    host_end(&host);
}

static void let_another_pay(uint64_t va) {
    struct os_object own;
    uint64_t label = PAGER_CALL_attach | (BOTH_RIGHTS | PAGER_CLIENT_PAYS) << PAGER_OPTIONS_SHIFT;
    EXPECT_EQUAL(os_attach(&own, LAZY_PAGER, "anon", va, PAGES, BOTH_RIGHTS | PAGER_CLIENT_PAYS, 0), PAGER_OK);
    EXPECT_EQUAL(ask(label, pager_kind("anon"), victim_space, va, PAGES, 0), PAGER_OK);
    EXPECT_EQUAL(try_store(va, 1), PAGER_OUT_OF_MEMORY);
}

static uint64_t pages_used(uint64_t space) {
    EXPECT_STATUS(OK, os_space_control(space, SPACE_COUNTERS, 0, 0));
    return ((const struct space_counters *)os_self()->message)->used;
}

TEST(nobody_pays_for_the_faults_of_another_space) {
    struct host host = host_start(HOST_QUOTA);
    struct os_child victim = lazy_client(&host, wait_as_victim, LAZY_START, 1);
    struct os_child thief = lazy_client(&host, let_another_pay, LAZY_START, 2);
    victim_space = victim.id;
    os_child_start(&victim);
    struct message at = await(&victim, 1);
    uint64_t used = pages_used(victim.space);
    os_child_start(&thief);
    await_end(&thief);
    EXPECT_EQUAL(pages_used(victim.space), used);
    os_child_end(&thief);
    go_on(&at);
    suite_child_finish(&victim);
    host_end(&host);
}

static void attach_a_window_without_room(uint64_t va) {
    struct os_object object;
    uint64_t port = os_port_create().value;
    while (os_mint(port, HANDLE_SEND, 1).status == STATUS_OK) {
    }
    EXPECT_EQUAL(os_attach(&object, LAZY_PAGER, "anon", va, PAGES, BOTH_RIGHTS | PAGER_WINDOW, 0), PAGER_FULL);
    EXPECT_EQUAL(ask(PAGER_CALL_next, 0, 0, 0, 0, 0), PAGER_OK);
}

TEST(who_has_no_room_for_the_handle_of_a_window_is_told_so) {
    struct host host = host_start(HOST_QUOTA);
    struct os_child child = lazy_client(&host, attach_a_window_without_room, LAZY_START, 1);
    os_child_start(&child);
    suite_child_finish(&child);
    EXPECT_EQUAL(host_stat(&host, 0).objects, 0);
    host_end(&host);
}
