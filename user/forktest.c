// SPDX-License-Identifier: MIT
// Forks in many shapes: every process knows what each of its pages should hold, and looks. In the end all frames must
// have come back.
#include <os/begin.h>
#include <os/handles.h>
#include <os/parts.h>
#include <os/print.h>
#include <os/process.h>
#include <os/stubs.h>
#include <os/threads.h>
#include <os/time.h>
#include <stddef.h>

#include "string.h"
#include "words.h"

enum {
    PAGE = 4096,
    PAGES_MOST = 4096,
    WIRED_PAGES = 16,
    WORDS = PAGE / 8,
    WRONG = 3,
    NO_FORK = 4,
    PATIENCE = 10000, // milliseconds
    WARM_STACK = 6 * PAGE
};

static const char usage[] = "forktest [wide|deep|tree|orphan|both|shrink|random|all] [count=N] [pages=N] [seed=N]";

static const char *const shapes[] = {"all", "wide", "deep", "tree", "orphan", "both", "shrink", "random", NULL};

static uint64_t count = 8, page_count = 64, seed = 1;
static uint64_t wired[WIRED_PAGES * WORDS] __attribute__((aligned(PAGE)));
static volatile uint64_t initialised[WORDS] = {[0] = 0x1234, [WORDS - 1] = 0x5678}; // data that the file has
static uint64_t *pages;               // what is forked, beside the program itself
static uint32_t expected[PAGES_MOST]; // 0: the page is zero

static uint64_t word_of(uint64_t page, uint64_t value) { return value == 0 ? 0 : page << 32 | value; }

static void write(uint64_t page, uint32_t value) {
    expected[page] = value;
    pages[page * WORDS] = pages[page * WORDS + WORDS - 1] = word_of(page, value);
}

static bool holds(uint64_t page) {
    uint64_t wanted = word_of(page, expected[page]);
    if (pages[page * WORDS] == wanted && pages[page * WORDS + WORDS - 1] == wanted) return true;
    os_print("forktest: process %u, page %lu: 0x%lx and 0x%lx instead of 0x%lx\n", os_start->process, page,
             pages[page * WORDS], pages[page * WORDS + WORDS - 1], wanted);
    return false;
}

// A child may change the program's own data too.
static bool data_holds(void) {
    bool fine = initialised[0] == 0x1234 && initialised[WORDS - 1] == 0x5678;
    if (!fine) os_print("forktest: process %u has lost its data\n", os_start->process);
    initialised[0]++;
    fine = fine && initialised[0] == 0x1235;
    initialised[0]--;
    return fine;
}

static bool all_hold(void) {
    if (!data_holds()) return false;
    for (uint64_t page = 0; page < page_count; page++) {
        if (!holds(page)) return false;
    }
    return true;
}

static void check(void) {
    if (!all_hold()) os_exit(WRONG);
}

static void write_all(uint32_t value, uint64_t step) {
    for (uint64_t page = 0; page < page_count; page += step) write(page, value + (uint32_t)page);
}

// => the child's number, 0 in the child
static uint64_t fork(void) {
    struct result child = os_fork();
    if (child.status != STATUS_OK) {
        os_print("forktest: cannot fork: %s\n", os_status_name(child.status));
        os_exit(NO_FORK);
    }
    return child.value;
}

// The next child to end ends well. => false: there is none
static bool await_any(void) {
    struct os_end end = os_wait(0);
    if (end.status == STATUS_ABSENT) return false;
    if (end.status != STATUS_OK || end.how != OS_ENDED_EXIT || end.value != 0) {
        os_print("forktest: process %lu ended badly: %s, how %lu, status %lu\n", end.process,
                 os_status_name(end.status), end.how, end.value);
        os_exit(WRONG);
    }
    return true;
}

static void await(void) {
    if (await_any()) return;
    os_print("forktest: process %u lost a child\n", os_start->process);
    os_exit(WRONG);
}

static uint64_t random(uint64_t below) {
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (seed >> 33) % below;
}

// Many children of one parent, all alive at once.
static void wide(void) {
    for (uint64_t i = 0; i < count; i++) {
        if (fork() != 0) continue;
        check();
        write_all((uint32_t)(1000 * (i + 1)), 2);
        check();
        os_exit(0);
    }
    write_all(7, 3);
    for (uint64_t i = 0; i < count; i++) await();
    check();
}

// A child of a child of a child.
static void deep(void) {
    uint64_t depth = 0;
    while (depth < count && fork() == 0) {
        check();
        write(depth % page_count, (uint32_t)(5000 + depth));
        depth++;
    }
    if (depth < count) await();
    check();
    if (depth > 0) os_exit(0);
}

// Forks of forks: two of each.
static void tree(void) {
    uint64_t levels = 0, left = count, children = 0;
    for (; left > 1; left /= 2) {
        for (unsigned i = 0; i < 2; i++) {
            children++;
            if (fork() != 0) continue;
            children = 0;
            levels++;
            check();
            write(random(page_count), (uint32_t)(100 + os_start->process));
            break;
        }
        if (children == 2) break;
    }
    for (; children > 0; children--) await();
    check();
    if (levels > 0) os_exit(0);
}

// The parent exits first; the child keeps its pages, and writes without a copy.
static void orphan(void) {
    for (uint64_t i = 0; i < count; i++) {
        if (fork() == 0) {
            write_all(300 + (uint32_t)i, 1);
            if (fork() != 0) os_exit(0);
            uint64_t port = os_port_create().value;
            os_timer(port, 1, os_after(5000));
            os_recv(port, 0);
            os_end(port);
            check();
            write_all(400 + (uint32_t)i, 2);
            check();
            os_exit(0);
        }
        await(); // the child
        await(); // its child, which is ours now
    }
    check();
}

// Both write to every page, in turns.
static void both(void) {
    for (uint64_t i = 0; i < count; i++) {
        bool is_child = fork() == 0;
        for (uint64_t page = is_child ? 0 : 1; page < page_count; page += 2) write(page, is_child ? 21 : 22);
        for (uint64_t page = is_child ? 1 : 0; page < page_count; page += 2) write(page, is_child ? 31 : 32);
        check();
        if (is_child) os_exit(0);
        await();
        check();
    }
}

// A child gives half of its heap back, and takes it again: it is zero there, and nowhere else.
static void shrink(void) {
    if (os_part(OS_PART_heap) == NULL) return;
    for (uint64_t i = 0; i < count; i++) {
        if (fork() == 0) {
            int64_t half = (int64_t)(page_count / 2);
            if (os_heap_grow(-half).status != STATUS_OK || os_heap_grow(half).status != STATUS_OK) os_exit(WRONG);
            for (uint64_t page = page_count - (uint64_t)half; page < page_count; page++) expected[page] = 0;
            check();
            os_exit(0);
        }
        await();
        check();
    }
}

// A family that does what the seed says.
static void live(unsigned generation, unsigned steps) {
    unsigned children = 0;
    for (unsigned i = 0; i < steps; i++) {
        uint64_t what = random(8), page = random(page_count);
        if (what < 4) {
            write(page, (uint32_t)random(1 << 20) + 1);
        } else if (what < 7 || generation > 3 || children == 3) {
            if (!holds(page)) os_exit(WRONG);
        } else {
            struct result child = os_fork();
            if (child.status == STATUS_NO_MEMORY || child.status == STATUS_FULL) continue; // too many live: go on
            if (child.status != STATUS_OK) os_exit(NO_FORK);
            if (child.value == 0) {
                seed += os_start->process;
                live(generation + 1, steps / 2);
                os_exit(0);
            }
            children++;
        }
    }
    if (random(4) == 0 && generation > 0) return; // the children are its parent's
    for (; children > 0; children--) await();
    check();
}

static void random_family(void) {
    live(0, (unsigned)count * 4);
    while (await_any()) // children of those that did not wait
        ;
    check();
}

static void run(unsigned shape) {
    static void (*const functions[])(void) = {NULL, wide, deep, tree, orphan, both, shrink, random_family};
    write_all(1, 1);
    functions[shape]();
}

// Frames that the pager has in use, and those on this process's account. If it pays for what its pager keeps ready, the
// account says nothing.
static uint64_t frames_in_use(void) {
    struct pager_stat stat = {0};
    const struct os_object *heap = os_part(OS_PART_heap);
    if (heap != NULL) os_pager_stat(heap->pager, 0, &stat);
    if (os_start->pays != 0) return stat.frames - stat.frames_free;
    os_space_control(HANDLE_SELF, SPACE_COUNTERS, 0, 0);
    return stat.frames - stat.frames_free + ((const struct space_counters *)os_self()->message)->used;
}

// What ends gives its frames back when its pager hears of it: soon.
static bool all_are_back(uint64_t before) {
    uint64_t port = os_port_create().value, now = frames_in_use();
    for (unsigned i = 0; i < PATIENCE && now > before; i++) {
        os_timer(port, 1, os_after(1000));
        os_recv(port, 0);
        now = frames_in_use();
    }
    os_end(port);
    if (now > before) os_print("forktest: %lu frames have not come back\n", now - before);
    return now <= before;
}

// What stays once it was used: some of the stack, a page of data.
static __attribute__((noinline)) void warm(void) {
    char stack[WARM_STACK];
    for (volatile char *at = stack; at < stack + WARM_STACK; at += PAGE / 2) *at = 1;
    check();
}

int main(void) {
    unsigned shape = 0;
    const struct words_choice choice = {shapes, &shape};
    const struct words_setting settings[] = {
        {"count", &count, 1, 64}, {"pages", &page_count, 2, PAGES_MOST}, {"seed", &seed, 0, UINT64_MAX}};
    if (!words_read(usage, &choice, 1, settings, 3)) return 2;
    const struct result heap = os_heap_grow((int64_t)page_count);
    pages = heap.status == STATUS_OK ? (uint64_t *)heap.value : wired;
    if (heap.status != STATUS_OK && page_count > WIRED_PAGES) page_count = WIRED_PAGES;
    os_print("forktest: %s, count %lu, %lu pages, seed %lu\n", shapes[shape], count, page_count, seed);
    write_all(1, 1);
    warm();
    run(1);
    uint64_t before = frames_in_use();
    for (unsigned i = 1; shapes[i] != NULL; i++) {
        if (shape != 0 && shape != i) continue;
        run(i);
        if (!all_are_back(before)) return WRONG;
        os_print("forktest: %s is well\n", shapes[i]);
    }
    return 0;
}
