// SPDX-License-Identifier: MIT
// Frames run short: what can be evicted is, and comes back; what cannot is an error to who wanted too much.
#include "lazy.h"
#include "store.h"

enum { PAYS = BOTH_RIGHTS | PAGER_CLIENT_PAYS, SMALL_HOST = 700, MODEST = 24, GREEDY = 4000 };

// Twice as much as its quota lets it have at a time.
static void use_more_than_there_is(uint64_t va) {
    struct os_object object[3];
    for (uint64_t i = 0; i < 3; i++)
        EXPECT_EQUAL(os_attach(&object[i], LAZY_PAGER, "store", va + i * LAZY_SPACES * 4096, STORE_PAGES, PAYS, 0),
                     PAGER_OK);
    for (uint64_t round = 0; round < 3; round++) {
        for (uint64_t i = 0; i < 3; i++) {
            for (uint64_t page = 0; page < STORE_PAGES; page++) {
                uint64_t at = object[i].va + page * 4096;
                EXPECT_EQUAL(load(at), round == 0 ? 0 : round * 1000 + i * 100 + page);
                store(at, (round + 1) * 1000 + i * 100 + page);
            }
        }
    }
    step(1);
    for (uint64_t i = 0; i < 3; i++) EXPECT_EQUAL(os_detach(&object[i]), PAGER_OK);
}

static void hold_some(uint64_t va) {
    for (uint64_t page = 0; page < MODEST; page++) store(va + page * 4096, page + 1);
    step(1);
    for (uint64_t page = 0; page < MODEST; page++) EXPECT_EQUAL(load(va + page * 4096), page + 1);
}

TEST(what_is_evicted_comes_back_as_it_was_and_others_keep_theirs) {
    struct host host = host_start(HOST_QUOTA);
    struct os_child child = lazy_client(&host, use_more_than_there_is, LAZY_START, 1);
    struct os_child other = lazy_client(&host, hold_some, LAZY_START, 2);
    uint64_t cookie = host_attach(&host, &other, "store", LAZY_START, MODEST, PAYS, 2);
    os_child_start(&other);
    struct message at = await(&other, 1);
    os_child_start(&child);
    struct message call = await(&child, 1);
    struct pager_stat stat = host_stat(&host, 0);
    EXPECT(stat.evicted > STORE_PAGES);
    EXPECT(stat.cases[PAGER_CASE_fetched] > STORE_PAGES);
    EXPECT_EQUAL(stat.refused, 0);
    EXPECT_EQUAL(host_stat(&host, cookie).resident, MODEST);
    go_on(&call);
    suite_child_finish(&child);
    go_on(&at);
    suite_child_finish(&other);
    stat = host_stat(&host, 0);
    EXPECT_EQUAL(stat.frames, stat.frames_free);
    host_end(&host);
}

static void write_zeros(uint64_t va) {
    struct os_object object;
    EXPECT_EQUAL(os_attach(&object, LAZY_PAGER, "zero", va, 256, PAYS, 0), PAGER_OK);
    for (uint64_t page = 0; page < 256; page++) store(va + page * 4096, 0);
    for (uint64_t page = 0; page < 256; page++) EXPECT_EQUAL(load(va + page * 4096), 0);
    EXPECT_EQUAL(os_detach(&object), PAGER_OK);
}

TEST(pages_that_are_still_zero_go_without_a_backing_store) {
    struct host host = host_start(HOST_QUOTA);
    struct os_child child = lazy_client(&host, write_zeros, LAZY_START, 1);
    os_child_start(&child);
    suite_child_finish(&child);
    EXPECT(host_stat(&host, 0).evicted > 0);
    host_end(&host);
}

static void be_greedy(uint64_t va) {
    struct os_object object;
    EXPECT_EQUAL(os_attach(&object, LAZY_PAGER, "anon", va, GREEDY, BOTH_RIGHTS, 0), PAGER_OK);
    uint64_t pages = write_until_refused(va, GREEDY);
    EXPECT(pages > MODEST && pages < GREEDY);
    step(1);
    EXPECT_EQUAL(try_store(va + (GREEDY - 1) * 4096, 1), PAGER_OUT_OF_MEMORY);
    for (uint64_t page = 0; page < pages; page++) EXPECT_EQUAL(load(at(va, page)), page + 1);
    EXPECT_EQUAL(os_discard(&object, 0, pages / 2), PAGER_OK);
    EXPECT_EQUAL(try_store(va + (GREEDY - 1) * 4096, 1), PAGER_OK);
}

static void be_modest(uint64_t va) {
    struct os_object object;
    EXPECT_EQUAL(os_attach(&object, LAZY_PAGER, "anon", va, MODEST, BOTH_RIGHTS, 0), PAGER_OK);
    EXPECT_EQUAL(write_until_refused(va, MODEST), MODEST);
}

static OS_SHARED volatile bool enough;

// Takes what it can, and goes on asking for more.
static void hammer(uint64_t va) {
    struct os_object object;
    EXPECT_EQUAL(os_attach(&object, LAZY_PAGER, "anon", va, GREEDY, BOTH_RIGHTS, 0), PAGER_OK);
    write_until_refused(va, GREEDY);
    step(1);
    while (!enough) try_store(va + (GREEDY - 1) * 4096, 1);
}

TEST(who_is_modest_keeps_its_speed_beside_who_is_greedy) {
    struct host host = host_start(SMALL_HOST);
    struct os_child greedy = lazy_client(&host, hammer, LAZY_START, 1);
    struct os_child modest = lazy_client(&host, hold_some, LAZY_START, 2);
    uint64_t cookie = host_attach(&host, &modest, "anon", LAZY_START, MODEST, BOTH_RIGHTS, 2);
    enough = false;
    os_child_start(&greedy);
    struct message at = await(&greedy, 1);
    go_on(&at);
    os_child_start(&modest);
    at = await(&modest, 1);
    struct pager_stat stat = host_stat(&host, cookie);
    EXPECT_EQUAL(stat.cases[PAGER_CASE_failed] + stat.cases[PAGER_CASE_later], 0);
    EXPECT_EQUAL(stat.resident, MODEST);
    go_on(&at);
    suite_child_finish(&modest);
    enough = true;
    suite_child_finish(&greedy);
    host_end(&host);
}

TEST(only_the_greedy_client_is_refused) {
    struct host host = host_start(SMALL_HOST);
    struct os_child greedy = suite_child_made(be_greedy, LAZY_START, 256, LAZY_CLIENT_RANK);
    uint64_t handle = os_mint(host.port, HANDLE_SEND | HANDLE_PASS, 1).value;
    EXPECT_STATUS(OK, os_give(greedy.space, handle, LAZY_PAGER));
    os_close(handle);
    struct os_child modest = lazy_client(&host, be_modest, LAZY_START, 2);
    os_child_start(&greedy);
    struct message call = await(&greedy, 1);
    EXPECT(host_stat(&host, 0).refused > 0);
    os_child_start(&modest);
    suite_child_finish(&modest);
    go_on(&call);
    suite_child_finish(&greedy);
    host_end(&host);
}

static void exhaust_own_quota(uint64_t va) {
    struct os_object object;
    EXPECT_EQUAL(os_attach(&object, LAZY_PAGER, "anon", va, GREEDY, PAYS, 0), PAGER_OK);
    uint64_t pages = write_until_refused(va, GREEDY);
    EXPECT(pages > MODEST && pages < LAZY_CLIENT_QUOTA);
    EXPECT_EQUAL(os_discard(&object, 0, MODEST), PAGER_OK);
    EXPECT_EQUAL(write_until_refused(va, MODEST), MODEST);
    EXPECT_EQUAL(os_detach(&object), PAGER_OK);
}

TEST(a_client_that_pays_is_refused_when_its_quota_is_used_up) {
    struct host host = host_start(HOST_QUOTA);
    struct os_child child = lazy_client(&host, exhaust_own_quota, LAZY_START, 1);
    os_child_start(&child);
    suite_child_finish(&child);
    struct pager_stat stat = host_stat(&host, 0);
    EXPECT_EQUAL(stat.frames, stat.frames_free);
    host_end(&host);
}
