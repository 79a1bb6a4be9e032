// SPDX-License-Identifier: MIT
// Memory that is larger than there are frames: pages go to a backing store and come back, whatever happens meanwhile.
#include "lazy.h"
#include "memory_store.h"

enum { FRAMES = 1000, PLACES = 2600, LARGE = 1500, HOT = 64 };

static void fill(uint64_t va, uint64_t pages, uint64_t with) {
    for (uint64_t page = 0; page < pages; page++) store(at(va, page), with + page);
}

static uint64_t wrong(uint64_t va, uint64_t pages, uint64_t with) {
    uint64_t count = 0;
    for (uint64_t page = 0; page < pages; page++) count += load(at(va, page)) != with + page ? 1 : 0;
    return count;
}

// Nobody has an object any more: every frame and every place is free.
static void expect_all_free(const struct host *host) {
    struct pager_stat stat = host_stat(host, 0);
    for (unsigned i = 0; i < 1000 && (stat.store.putting + stat.store.getting > 0 || stat.objects > 0); i++) {
        suite_sleep(1000);
        stat = host_stat(host, 0);
    }
    EXPECT_EQUAL(stat.objects, 0);
    EXPECT_EQUAL(stat.store.putting + stat.store.getting, 0);
    EXPECT_EQUAL(stat.frames, stat.frames_free);
    EXPECT_EQUAL(stat.store.places, stat.store.places_free);
    EXPECT_EQUAL(stat.store.places, PLACES - 1);
}

static void attach(struct os_object *object, const char *kind, uint64_t va, uint64_t pages, uint64_t options) {
    EXPECT_EQUAL(os_attach(object, LAZY_PAGER, kind, va, pages, BOTH_RIGHTS | options, 0), PAGER_OK);
}

// Runs a client to its end, with a host and a store of its own. => what the host has done
static struct pager_stat run(void (*function)(uint64_t argument)) {
    struct host host = host_start_backed(FRAMES, PLACES);
    struct os_child child = lazy_client(&host, function, LAZY_START, 1);
    os_child_start(&child);
    suite_child_finish(&child);
    struct pager_stat stat = host_stat(&host, 0);
    expect_all_free(&host);
    host_end(&host);
    return stat;
}

static void write_and_read(uint64_t va) {
    struct os_object object;
    attach(&object, "anon", va, LARGE, 0);
    for (uint64_t pass = 1; pass < 4; pass++) {
        fill(va, LARGE, pass * 10000);
        EXPECT_EQUAL(wrong(va, LARGE, pass * 10000), 0);
    }
    EXPECT_EQUAL(os_detach(&object), PAGER_OK);
}

TEST(a_client_with_more_than_there_is_finds_all_that_it_wrote) {
    struct pager_stat stat = run(write_and_read);
    EXPECT_EQUAL(stat.refused, 0);
    EXPECT(stat.store.put > LARGE && stat.store.got > LARGE && stat.store.ahead > LARGE / 2);
    EXPECT(stat.store.ahead_touched > stat.store.ahead / 2);
}

static void write_once_and_read_often(uint64_t va) {
    struct os_object object;
    attach(&object, "anon", va, LARGE, 0);
    fill(va, LARGE, 7);
    for (unsigned pass = 0; pass < 4; pass++) EXPECT_EQUAL(wrong(va, LARGE, 7), 0);
    EXPECT_EQUAL(os_detach(&object), PAGER_OK);
}

TEST(what_is_in_the_store_already_is_not_written_again) {
    struct pager_stat stat = run(write_once_and_read_often);
    EXPECT(stat.store.put <= LARGE);
    EXPECT(stat.store.clean > 2 * LARGE);
}

static void zeros(uint64_t va) {
    struct os_object object[2];
    attach(&object[0], "anon", va, LARGE, 0);
    attach(&object[1], "zero", va + LAZY_SPACES * 4096, LARGE, 0);
    for (unsigned i = 0; i < 2; i++) {
        for (uint64_t page = 0; page < LARGE; page++) store(at(object[i].va, page), 0);
        for (uint64_t page = 0; page < LARGE; page++) EXPECT_EQUAL(load(at(object[i].va, page)), 0);
        EXPECT_EQUAL(os_detach(&object[i]), PAGER_OK);
    }
}

TEST(zeros_are_never_written) {
    struct pager_stat stat = run(zeros);
    EXPECT(stat.evicted > LARGE);
    EXPECT_EQUAL(stat.store.put, 0);
}

// Half of what is used stays hot, and a quarter of the cold pages is only read.
static void hot_and_cold(uint64_t va) {
    struct os_object object[2];
    attach(&object[0], "anon", va, HOT, 0);
    attach(&object[1], "anon", va + LAZY_SPACES * 4096, LARGE, 0);
    fill(object[0].va, HOT, 1);
    for (uint64_t pass = 0; pass < 3; pass++) {
        for (uint64_t page = 0; page < LARGE; page++) {
            store(at(object[1].va, page), page);
            (void)load(at(object[0].va, page % HOT));
        }
    }
    struct pager_stat stat;
    EXPECT_EQUAL(os_pager_stat(LAZY_PAGER, object[0].cookie, &stat), PAGER_OK);
    EXPECT_EQUAL(stat.resident, HOT);
    EXPECT(stat.cases[PAGER_CASE_again] <= HOT); // once at most, of thousands that go
    for (unsigned i = 0; i < 2; i++) EXPECT_EQUAL(os_detach(&object[i]), PAGER_OK);
}

TEST(what_is_hot_stays_and_what_is_cold_goes) {
    struct pager_stat stat = run(hot_and_cold);
    EXPECT(stat.evicted > 2 * LARGE);
}

// Both are read in turn; only one is written to.
static void clean_and_dirty(uint64_t va) {
    enum { EACH = LARGE / 2 };
    struct os_object object[2];
    attach(&object[0], "anon", va, EACH, 0);
    attach(&object[1], "anon", va + LAZY_SPACES * 4096, EACH, 0);
    for (unsigned i = 0; i < 2; i++) fill(object[i].va, EACH, i);
    for (uint64_t pass = 0; pass < 4; pass++) {
        EXPECT_EQUAL(wrong(object[0].va, EACH, 0), 0);
        fill(object[1].va, EACH / 4, 1);
    }
    for (unsigned i = 0; i < 2; i++) EXPECT_EQUAL(os_detach(&object[i]), PAGER_OK);
}

TEST(clean_pages_go_rather_than_dirty_ones) {
    struct pager_stat stat = run(clean_and_dirty);
    EXPECT(stat.store.clean > 2 * stat.store.put / 2);
    EXPECT(stat.store.put < LARGE + LARGE / 2);
}

// One object behind many regions: no call of the kernel's reaches beyond one of them.
static void write_in_pieces(uint64_t va) {
    struct os_object object;
    attach(&object, "anon", va, LARGE, 0);
    store(va, 0);
    for (uint64_t page = 5; page < LARGE; page += 11) {
        EXPECT_STATUS(OK, os_region(HANDLE_SELF, va + page * 4096, 1, REGION_REMOVE, 0, 0, 0, 0));
        EXPECT_STATUS(
            OK, os_region(HANDLE_SELF, va + page * 4096, 1, LAZY_PAGER, object.cookie, page * 4096, BOTH_RIGHTS, 0));
    }
    for (uint64_t pass = 1; pass < 4; pass++) {
        fill(va, LARGE, pass * 10000);
        EXPECT_EQUAL(wrong(va, LARGE, pass * 10000), 0);
    }
    EXPECT_EQUAL(os_detach(&object), PAGER_OK);
}

TEST(no_page_that_went_is_seen_any_more_behind_whichever_region) {
    struct pager_stat stat = run(write_in_pieces);
    EXPECT_EQUAL(stat.refused, 0);
}

// ---- several holders ----

static void fork_and_read(uint64_t va) {
    struct os_object parent, child[2];
    uint64_t pages = LARGE / 2;
    attach(&parent, "anon", va, pages, 0);
    fill(va, pages, 5);
    for (unsigned i = 0; i < 2; i++)
        EXPECT_EQUAL(os_snapshot(&parent, va + (i + 1) * LAZY_SPACES * 4096, &child[i]), PAGER_OK);
    for (unsigned pass = 0; pass < 3; pass++) {
        EXPECT_EQUAL(wrong(parent.va, pages, 5), 0);
        for (unsigned i = 0; i < 2; i++) EXPECT_EQUAL(wrong(child[i].va, pages, 5), 0);
    }
    struct os_object other;
    attach(&other, "anon", va + 3 * LAZY_SPACES * 4096, pages, 0);
    fill(other.va, pages, 6); // all of the family must go
    EXPECT_EQUAL(os_detach(&parent), PAGER_OK);
    for (unsigned i = 0; i < 2; i++) {
        EXPECT_EQUAL(wrong(child[i].va, pages, 5), 0);
        EXPECT_EQUAL(os_detach(&child[i]), PAGER_OK);
    }
    EXPECT_EQUAL(wrong(other.va, pages, 6), 0);
    EXPECT_EQUAL(os_detach(&other), PAGER_OK);
}

TEST(what_was_forked_is_written_once_for_all) {
    struct pager_stat stat = run(fork_and_read);
    EXPECT(stat.store.put > LARGE / 4);
    EXPECT(stat.store.put <= LARGE + 64);
}

// Objects that are forked, written to, discarded and ended at random, beside a model of what each page should hold.
enum { TREES = 5, TREE_PAGES = 400, TREE_STEPS = 500 };

static uint16_t model[TREES][TREE_PAGES];
static OS_SHARED uint64_t seed;

static void check_some(const struct os_object *object, const uint16_t *expected, uint64_t *state) {
    for (unsigned i = 0; i < 64; i++) {
        uint64_t page = suite_random(state) % TREE_PAGES;
        EXPECT_EQUAL(load(at(object->va, page)), expected[page]);
    }
}

static void grow_trees(uint64_t va) {
    static struct os_object object[TREES];
    uint64_t state = seed;
    attach(&object[0], "anon", va, TREE_PAGES, 0);
    for (uint64_t n = 0; n < TREE_STEPS; n++) {
        uint64_t tree = suite_random(&state) % TREES, other = suite_random(&state) % TREES;
        uint64_t first = suite_random(&state) % TREE_PAGES, pages = suite_random(&state) % (TREE_PAGES - first) + 1;
        if (object[tree].cookie == 0) {
            if (object[other].cookie == 0) continue;
            EXPECT_EQUAL(os_snapshot(&object[other], va + tree * LAZY_SPACES * 4096, &object[tree]), PAGER_OK);
            for (unsigned i = 0; i < TREE_PAGES; i++) model[tree][i] = model[other][i];
            continue;
        }
        uint64_t what = suite_random(&state) % 32;
        if (what == 0 && tree != 0) {
            EXPECT_EQUAL(os_detach(&object[tree]), PAGER_OK);
            object[tree].cookie = 0;
        } else if (what == 1) {
            EXPECT_EQUAL(os_discard(&object[tree], first, pages % 50 + 1 > pages ? pages : pages % 50 + 1), PAGER_OK);
            for (uint64_t i = first; i < first + (pages % 50 + 1 > pages ? pages : pages % 50 + 1); i++)
                model[tree][i] = 0;
        } else if (what < 16) {
            for (uint64_t i = first; i < first + pages && i < first + 100; i++)
                store(at(object[tree].va, i), model[tree][i] = (uint16_t)suite_random(&state));
        } else {
            check_some(&object[tree], model[tree], &state);
        }
    }
    for (unsigned tree = 0; tree < TREES; tree++) {
        if (object[tree].cookie == 0) continue;
        for (uint64_t page = 0; page < TREE_PAGES; page++)
            EXPECT_EQUAL(load(at(object[tree].va, page)), model[tree][page]);
        EXPECT_EQUAL(os_detach(&object[tree]), PAGER_OK);
    }
}

TEST(forks_of_what_is_half_away_hold_what_they_should) {
    seed = os_now();
    struct pager_stat stat = run(grow_trees);
    EXPECT_EQUAL(stat.refused, 0);
    EXPECT(stat.store.put > TREE_PAGES && stat.store.got > TREE_PAGES);
}

static void be_modest(uint64_t va) {
    struct os_object object;
    attach(&object, "anon", va, HOT, 0);
    EXPECT_EQUAL(write_until_refused(va, HOT), HOT);
    EXPECT_EQUAL(wrong(va, HOT, 1), 0);
    EXPECT_EQUAL(os_detach(&object), PAGER_OK);
}

// ---- a slow store ----

static void write_all(uint64_t va) {
    struct os_object object;
    attach(&object, "anon", va, LARGE, 0);
    fill(va, LARGE, 1);
    step(1);
    fill(va, LARGE, 2);
    EXPECT_EQUAL(wrong(va, LARGE, 2), 0);
    EXPECT_EQUAL(os_detach(&object), PAGER_OK);
}

static void write_what_is_on_its_way(uint64_t va) {
    struct os_object object;
    attach(&object, "anon", va, LARGE, 0);
    memory_store.hold = true;
    fill(va, 620, 1); // the first of them are being written
    step(1);
    for (uint64_t page = 0; page < 620; page += 2) store(at(va, page), 2000 + page);
    for (uint64_t page = 1; page < 620; page += 2) EXPECT_EQUAL(load(at(va, page)), 1 + page);
    memory_store.hold = false;
    fill(va + 620 * 4096, LARGE - 620, 3);
    for (uint64_t page = 0; page < 620; page++)
        EXPECT_EQUAL(load(at(va, page)), page % 2 == 0 ? 2000 + page : 1 + page);
    EXPECT_EQUAL(os_detach(&object), PAGER_OK);
}

TEST(a_page_that_is_being_written_is_taken_back_without_the_store) {
    struct host host = host_start_backed(FRAMES, PLACES);
    struct os_child child = lazy_client(&host, write_what_is_on_its_way, LAZY_START, 1);
    os_child_start(&child);
    struct message call = await(&child, 1);
    struct pager_stat stat = host_stat(&host, 0);
    EXPECT(stat.store.putting > 0);
    EXPECT_EQUAL(stat.store.got, 0);
    go_on(&call);
    suite_child_finish(&child);
    EXPECT(host_stat(&host, 0).store.returned > 0);
    expect_all_free(&host);
    host_end(&host);
}

TEST(a_slow_store_keeps_only_those_waiting_who_need_it) {
    struct host host = host_start_backed(FRAMES, PLACES);
    struct os_child child = lazy_client(&host, write_all, LAZY_START, 1);
    struct os_child other = lazy_client(&host, be_modest, LAZY_START, 2);
    memory_store.delay = 3000;
    os_child_start(&child);
    struct message call = await(&child, 1);
    go_on(&call);
    while (host_stat(&host, 0).store.putting == 0) suite_sleep(100);
    memory_store.hold = true;
    os_child_start(&other);
    suite_child_finish(&other);
    memory_store.hold = false;
    suite_child_finish(&child);
    EXPECT_EQUAL(host_stat(&host, 0).refused, 0);
    expect_all_free(&host);
    host_end(&host);
}

static void write_for_ever(uint64_t va) {
    struct os_object object;
    attach(&object, "anon", va, LARGE, 0);
    step(1);
    for (uint64_t pass = 0;; pass++) fill(va, LARGE, pass);
}

TEST(who_dies_while_its_pages_are_on_their_way_leaves_nothing_behind) {
    struct host host = host_start_backed(FRAMES, PLACES);
    for (unsigned i = 0; i < 8; i++) {
        struct os_child child = lazy_client(&host, write_for_ever, LAZY_START, 1);
        os_child_start(&child);
        struct message call = await(&child, 1);
        memory_store.delay = i % 2 * 2000;
        go_on(&call);
        suite_sleep(2000 + i * 3000);
        memory_store.hold = i % 3 == 0;
        suite_sleep(2000);
        os_child_end(&child);
        EXPECT_EQUAL(host_ask(&host, PAGER_CALL_forget, 1, 0, 0, 0, 0), PAGER_OK);
        memory_store.hold = false;
    }
    expect_all_free(&host);
    host_end(&host);
}

// ---- a store that is full, or broken ----

static void take_all(uint64_t va) {
    struct os_object object;
    attach(&object, "anon", va, 3 * LARGE, 0);
    uint64_t pages = write_until_refused(va, 3 * LARGE);
    EXPECT(pages > PLACES && pages < PLACES + FRAMES);
    step(1);
    EXPECT_EQUAL(wrong(va, pages, 1), 0);
    EXPECT_EQUAL(os_discard(&object, 0, pages / 2), PAGER_OK);
    EXPECT_EQUAL(try_store(va + (3 * LARGE - 1) * 4096, 1), PAGER_OK);
    step(2);
    EXPECT_EQUAL(os_detach(&object), PAGER_OK);
}

TEST(when_the_store_is_full_only_the_greedy_is_refused_and_nothing_is_lost) {
    struct host host = host_start_backed(FRAMES, PLACES);
    struct os_child greedy = lazy_client(&host, take_all, LAZY_START, 1);
    struct os_child modest = lazy_client(&host, be_modest, LAZY_START, 2);
    os_child_start(&greedy);
    struct message call = await(&greedy, 1);
    EXPECT(host_stat(&host, 0).refused > 0);
    os_child_start(&modest);
    suite_child_finish(&modest);
    go_on(&call);
    call = await(&greedy, 2);
    go_on(&call);
    suite_child_finish(&greedy);
    expect_all_free(&host);
    host_end(&host);
}

static void meet_errors(uint64_t va) {
    struct os_object object;
    uint64_t failed = 0;
    attach(&object, "anon", va, LARGE, 0);
    fill(va, LARGE, 1);
    memory_store.fail_get = true;
    for (uint64_t page = 0; page < LARGE; page++) {
        uint64_t error = try_load(at(va, page));
        EXPECT(error == PAGER_OK || error == PAGER_IO_ERROR);
        failed += error != PAGER_OK ? 1 : 0;
    }
    EXPECT(failed > LARGE / 4);
    memory_store.fail_get = false;
    os_handler_set(suite_handler);
    EXPECT_EQUAL(wrong(va, LARGE, 1), 0);
    EXPECT_EQUAL(os_detach(&object), PAGER_OK);
}

TEST(a_page_that_cannot_be_read_is_an_error_to_who_wants_it_and_is_there_when_it_can) {
    struct pager_stat stat = run(meet_errors);
    EXPECT(stat.store.get_failed > 0);
}

static void write_while_it_fails(uint64_t va) {
    struct os_object object;
    attach(&object, "anon", va, LARGE, 0);
    fill(va, 500, 1);
    memory_store.fail_put = true;
    uint64_t pages = write_until_refused(va, LARGE);
    EXPECT(pages < LARGE && pages > 500);
    memory_store.fail_put = false;
    os_handler_set(suite_handler);
    EXPECT_EQUAL(wrong(va, pages, 1), 0);
    for (unsigned i = 0; i < 100 && try_store(at(va, pages), 1) != PAGER_OK; i++) {
    }
    os_handler_set(suite_handler);
    fill(va, LARGE, 9);
    EXPECT_EQUAL(wrong(va, LARGE, 9), 0);
    EXPECT_EQUAL(os_detach(&object), PAGER_OK);
}

TEST(a_page_that_cannot_be_written_stays) {
    struct pager_stat stat = run(write_while_it_fails);
    EXPECT(stat.store.put_failed > 0);
}

// ---- other kinds, other payers ----

static void pay(uint64_t va) {
    struct os_object object;
    attach(&object, "anon", va, 400, PAGER_CLIENT_PAYS);
    for (uint64_t pass = 1; pass < 4; pass++) {
        fill(va, 400, pass * 1000);
        EXPECT_EQUAL(wrong(va, 400, pass * 1000), 0);
    }
    EXPECT_EQUAL(os_detach(&object), PAGER_OK);
}

TEST(who_pays_itself_has_more_than_its_quota_too) {
    struct pager_stat stat = run(pay);
    EXPECT_EQUAL(stat.refused, 0);
    EXPECT(stat.store.put > 400);
}
