// SPDX-License-Identifier: MIT
// Copy-on-write: who forks, in which order they end, and what it costs.
#include "lazy.h"

enum { PAGES = 96 };

static void fill(uint64_t va, uint64_t with) {
    for (uint64_t page = 0; page < PAGES; page++) store(va + page * 4096, with + page);
}

static bool is_filled(uint64_t va, uint64_t with) {
    for (uint64_t page = 0; page < PAGES; page++) {
        if (load(va + page * 4096) != with + page) return false;
    }
    return true;
}

static void parent_writes(uint64_t va) {
    fill(va, 1000);
    step(1); // forked
    fill(va, 2000);
    step(2);
    EXPECT(is_filled(va, 2000));
}

static void child_writes(uint64_t va) {
    EXPECT(is_filled(va, 1000));
    step(1);
    EXPECT(is_filled(va, 1000));
    fill(va, 3000);
    step(2);
    EXPECT(is_filled(va, 3000));
}

// A parent that has filled its pages and was forked; both wait.
struct family {
    struct host host;
    struct os_child parent, child;
    struct message parent_at, child_at;
    uint64_t parent_cookie, child_cookie;
};

static struct family make_family(void (*parent)(uint64_t argument), void (*child)(uint64_t argument)) {
    struct family family = {.host = host_start(HOST_QUOTA)};
    family.parent = lazy_client(&family.host, parent, LAZY_START, 1);
    family.child = lazy_client(&family.host, child, LAZY_START, 2);
    family.parent_cookie = host_attach(&family.host, &family.parent, "anon", LAZY_START, PAGES, BOTH_RIGHTS, 1);
    os_child_start(&family.parent);
    family.parent_at = await(&family.parent, 1);
    family.child_cookie = host_fork(&family.host, family.parent_cookie, &family.child, LAZY_START, PAGES, 2);
    os_child_start(&family.child);
    family.child_at = await(&family.child, 1);
    return family;
}

static void end_family(struct family *family) {
    struct pager_stat stat = host_stat(&family->host, 0);
    EXPECT_EQUAL(stat.objects, 0);
    EXPECT_EQUAL(stat.frames, stat.frames_free);
    host_end(&family->host);
}

TEST(parent_and_child_each_see_their_own_writes) {
    struct family family = make_family(parent_writes, child_writes);
    EXPECT_EQUAL(host_stat(&family.host, family.child_cookie).shared, PAGES);
    go_on(&family.parent_at);
    family.parent_at = await(&family.parent, 2);
    EXPECT_EQUAL(host_stat(&family.host, family.parent_cookie).shared, 0);
    EXPECT_EQUAL(host_stat(&family.host, family.parent_cookie).cases[PAGER_CASE_copy], PAGES);
    go_on(&family.child_at);
    family.child_at = await(&family.child, 2);
    // The child had every page to itself by then.
    EXPECT_EQUAL(host_stat(&family.host, family.child_cookie).cases[PAGER_CASE_copy], 0);
    EXPECT_EQUAL(host_stat(&family.host, family.child_cookie).cases[PAGER_CASE_reuse], PAGES);
    go_on(&family.parent_at);
    go_on(&family.child_at);
    suite_child_finish(&family.parent);
    suite_child_finish(&family.child);
    end_family(&family);
}

TEST(parent_exits_first_child_keeps_its_pages) {
    struct family family = make_family(parent_writes, child_writes);
    os_child_end(&family.parent);
    go_on(&family.child_at);
    family.child_at = await(&family.child, 2);
    EXPECT_EQUAL(host_stat(&family.host, family.child_cookie).cases[PAGER_CASE_copy], 0);
    go_on(&family.child_at);
    suite_child_finish(&family.child);
    end_family(&family);
}

TEST(child_exits_first_parent_writes_without_a_copy) {
    struct family family = make_family(parent_writes, child_writes);
    os_child_end(&family.child);
    go_on(&family.parent_at);
    family.parent_at = await(&family.parent, 2);
    struct pager_stat stat = host_stat(&family.host, family.parent_cookie);
    EXPECT_EQUAL(stat.cases[PAGER_CASE_copy], 0);
    EXPECT_EQUAL(stat.cases[PAGER_CASE_reuse], PAGES);
    go_on(&family.parent_at);
    suite_child_finish(&family.parent);
    end_family(&family);
}

static void look_and_end(uint64_t va) {
    EXPECT(is_filled(va, 1000));
    step(1);
}

static void only_fill(uint64_t va) {
    fill(va, 1000);
    step(1);
}

enum { GENERATIONS = 12 };

TEST(forks_of_forks_of_forks_cost_what_a_fork_costs) {
    struct host host = host_start(HOST_QUOTA);
    struct os_child child[GENERATIONS];
    struct message at[GENERATIONS];
    uint64_t cookie = 0, frames = 0;
    for (unsigned i = 0; i < GENERATIONS; i++) {
        child[i] = lazy_client(&host, i == 0 ? only_fill : look_and_end, LAZY_START, i + 1);
        cookie = i == 0 ? host_attach(&host, &child[i], "anon", LAZY_START, PAGES, BOTH_RIGHTS, 1)
                        : host_fork(&host, cookie, &child[i], LAZY_START, PAGES, i + 1);
        os_child_start(&child[i]);
        at[i] = await(&child[i], 1);
        struct pager_stat stat = host_stat(&host, 0);
        if (i == 0) frames = stat.frames - stat.frames_free;
        EXPECT_EQUAL(stat.frames - stat.frames_free, frames);
        EXPECT_EQUAL(host_stat(&host, cookie).resident, PAGES);
        if (i > 1) os_child_end(&child[i - 1]); // whoever is in the middle goes
    }
    go_on(&at[0]);
    go_on(&at[GENERATIONS - 1]);
    suite_child_finish(&child[0]);
    suite_child_finish(&child[GENERATIONS - 1]);
    struct pager_stat stat = host_stat(&host, 0);
    EXPECT_EQUAL(stat.objects, 0);
    EXPECT_EQUAL(stat.frames, stat.frames_free);
    host_end(&host);
}

enum { SIBLINGS = 6 };

static void sibling(uint64_t number) {
    step(1);
    for (uint64_t page = 0; page < PAGES; page++) {
        if (page % SIBLINGS == number) store(LAZY_START + page * 4096, number);
    }
    step(2);
    for (uint64_t page = 0; page < PAGES; page++)
        EXPECT_EQUAL(load(LAZY_START + page * 4096), page % SIBLINGS == number ? number : 1000 + page);
}

TEST(siblings_die_in_any_order_and_nobody_loses_a_page) {
    struct host host = host_start(HOST_QUOTA);
    struct os_child parent = lazy_client(&host, only_fill, LAZY_START, 1), child[SIBLINGS];
    struct message at[SIBLINGS], parent_at;
    uint64_t cookie = host_attach(&host, &parent, "anon", LAZY_START, PAGES, BOTH_RIGHTS, 1);
    os_child_start(&parent);
    parent_at = await(&parent, 1);
    for (unsigned i = 0; i < SIBLINGS; i++) {
        child[i] = lazy_client(&host, sibling, i, i + 2);
        host_fork(&host, cookie, &child[i], LAZY_START, PAGES, i + 2);
        os_child_start(&child[i]);
        at[i] = await(&child[i], 1);
    }
    for (unsigned i = 0; i < SIBLINGS; i++) {
        go_on(&at[i]);
        at[i] = await(&child[i], 2);
        if (i == SIBLINGS / 2) {
            go_on(&parent_at);
            suite_child_finish(&parent);
        }
        if (i % 2 == 1) os_child_end(&child[i]);
    }
    for (unsigned i = 0; i < SIBLINGS; i += 2) {
        go_on(&at[i]);
        suite_child_finish(&child[i]);
    }
    struct pager_stat stat = host_stat(&host, 0);
    EXPECT_EQUAL(stat.objects, 0);
    EXPECT_EQUAL(stat.frames, stat.frames_free);
    host_end(&host);
}

static void snapshot_in_one_space(uint64_t va) {
    struct os_object object, copy;
    EXPECT_EQUAL(os_attach(&object, LAZY_PAGER, "zero", va, PAGES, BOTH_RIGHTS, 0), PAGER_OK);
    fill(va, 1000);
    EXPECT_EQUAL(os_snapshot(&object, va + LAZY_SPACES * 4096, &copy), PAGER_OK);
    fill(va, 2000);
    EXPECT(is_filled(copy.va, 1000));
    fill(copy.va, 3000);
    EXPECT(is_filled(va, 2000));
    EXPECT_EQUAL(os_detach(&object), PAGER_OK);
    EXPECT(is_filled(copy.va, 3000));
    EXPECT_EQUAL(os_detach(&copy), PAGER_OK);
}

TEST(a_snapshot_in_the_same_space_keeps_what_was_there) {
    struct host host = host_start(HOST_QUOTA);
    struct os_child child = lazy_client(&host, snapshot_in_one_space, LAZY_START, 5);
    os_child_start(&child);
    suite_child_finish(&child);
    struct pager_stat stat = host_stat(&host, 0);
    EXPECT_EQUAL(stat.frames, stat.frames_free);
    host_end(&host);
}
