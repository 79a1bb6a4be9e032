// SPDX-License-Identifier: MIT
// What every pager owes its clients: a scripted client of a kind, which says sentence by sentence (TAP) whether the
// pager holds to it, and if not, which rule it broke.
//
//   conform KIND
//
// What a page begins with is the pager's affair; what was written to it, and that it answers at all, is not.
#include <os/arena.h>
#include <os/attach.h>
#include <os/begin.h>
#include <os/handlers.h>
#include <os/handles.h>
#include <os/print.h>
#include <os/process.h>
#include <os/stubs.h>
#include <os/threads.h>
#include <os/time.h>

#include "string.h"

#include <stddef.h>

enum {
    PAGE = 4096,
    PAGES = 64,
    MANY = 1024, // more than a small pager has
    THREADS = 6,
    RIGHTS = RIGHT_READ | RIGHT_WRITE,
    REGISTER_A5 = 14,
    ACCESS_SIZE = 4,
    NOT_FAILED = 1000,  // the kernel's own reasons are told above that
    PATIENCE = 5000000, // microseconds
    SENTENCE_TIME = 20000000,
};
#define FIRST  0x70000000ul
#define SECOND 0x78000000ul

static const char *kind;
static uint64_t pager;  // in our own name
static uint64_t master; // in nobody's: may see all
static const char *broken;
static uint64_t broken_at;

// A rule that holds, or is told as broken: the first of a sentence.
static bool rule(bool holds, const char *what, uint64_t at) {
    if (!holds && broken == NULL) {
        broken = what;
        broken_at = at;
    }
    return holds;
}

// ---- accesses that may fail ----

struct access {
    uint64_t value, error; // 0: it was done
};

static void on_failure(struct upcall_registers *interrupted, struct os_fault *fault) {
    uint64_t error = FAULT_ERROR(TAG_LABEL(fault->message.tag));
    interrupted->x[REGISTER_A5] = error >= FAULT_FAILED ? error - FAULT_FAILED : NOT_FAILED + error;
    interrupted->pc += ACCESS_SIZE;
}

static struct access load(uint64_t va) {
    register uint64_t error __asm__("a5") = 0;
    uint64_t value = 0;
    __asm__ volatile(".option push; .option norvc; ld %0, 0(%2); .option pop"
                     : "+r"(value), "+r"(error)
                     : "r"(va)
                     : "memory");
    return (struct access){value, error};
}

static uint64_t store(uint64_t va, uint64_t value) {
    register uint64_t error __asm__("a5") = 0;
    __asm__ volatile(".option push; .option norvc; sd %2, 0(%1); .option pop"
                     : "+r"(error)
                     : "r"(va), "r"(value)
                     : "memory");
    return error;
}

static void wait_a_little(void) {
    uint64_t port = os_port_create().value; // several threads wait
    os_timer(port, 1, os_after(1000));
    os_recv(port, 0);
    os_end(port);
}

static struct pager_stat stat_of(uint64_t cookie) {
    struct pager_stat stat = {0};
    rule(os_pager_stat(master, cookie, &stat) == PAGER_OK, "a pager tells its counters", cookie);
    return stat;
}

static bool attach(struct os_object *object, uint64_t va, uint64_t pages) {
    return rule(os_attach(object, pager, kind, va, pages, RIGHTS, 0) == PAGER_OK, "a region can be had", pages);
}

static void detach(const struct os_object *object) {
    rule(os_detach(object) == PAGER_OK, "an object that was attached can be detached", object->cookie);
}

static uint64_t mark(uint64_t page) { return page * 0x9e3779b97f4a7c15ul + 1; }

static void write_all(uint64_t va, uint64_t pages, uint64_t salt) {
    for (uint64_t n = 0; n < pages; n++) {
        uint64_t page = n * 37 % pages;
        rule(store(va + page * PAGE + 8 * (page % 512), mark(page + salt)) == 0, "a page can be written", page);
    }
}

static void read_all(uint64_t va, uint64_t pages, uint64_t salt) {
    for (uint64_t page = 0; page < pages; page++) {
        struct access access = load(va + page * PAGE + 8 * (page % 512));
        rule(access.error == 0, "a page that was written can be read", page);
        rule(access.value == mark(page + salt), "what was written is read", page);
    }
}

// ---- the sentences ----

static void first_touch_is_answered(void) {
    struct os_object object;
    if (!attach(&object, FIRST, PAGES)) return;
    for (uint64_t page = 0; page < PAGES; page++) {
        struct access one = load(FIRST + page * PAGE), other = load(FIRST + page * PAGE);
        rule(one.error == 0, "the first access to a page is answered with it", page);
        rule(one.value == other.value, "nobody changes a page that its client does not", page);
    }
    detach(&object);
}

static void what_is_written_is_read(void) {
    struct os_object object;
    if (!attach(&object, FIRST, PAGES)) return;
    write_all(FIRST, PAGES, 0);
    read_all(FIRST, PAGES, 0);
    detach(&object);
}

static void a_page_that_was_read_can_be_written(void) {
    struct os_object object;
    if (!attach(&object, FIRST, PAGES)) return;
    for (uint64_t page = 0; page < PAGES; page++) {
        uint64_t last = load(FIRST + page * PAGE + PAGE - 8).value;
        rule(store(FIRST + page * PAGE, page) == 0, "a page that was read can be written", page);
        rule(load(FIRST + page * PAGE).value == page, "what was written is read", page);
        rule(load(FIRST + page * PAGE + PAGE - 8).value == last, "the rest of the page stays as it was", page);
    }
    detach(&object);
}

// ---- many at once ----

static uint64_t seen[THREADS][PAGES], ready, go;

static void touch_all(uint64_t number) {
    os_handler_set(on_failure);
    __atomic_fetch_add(&ready, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&go, __ATOMIC_SEQ_CST) == 0) wait_a_little();
    for (uint64_t page = 0; page < PAGES; page++) {
        struct access access = load(FIRST + page * PAGE + 8);
        rule(access.error == 0, "a page that several touch at once is answered for each", page);
        seen[number][page] = access.value;
        store(FIRST + page * PAGE + 16 + 8 * number, mark(number + page));
    }
}

static void several_threads_meet_on_one_page(void) {
    struct os_object object;
    struct os_thread *threads[THREADS] = {0};
    ready = go = 0;
    if (!attach(&object, FIRST, PAGES)) return;
    for (uint64_t i = 0; i < THREADS; i++) threads[i] = os_thread_run(touch_all, i, OS_PRIORITY);
    __atomic_store_n(&go, 1, __ATOMIC_SEQ_CST);
    for (uint64_t i = 0; i < THREADS; i++) {
        if (rule(threads[i] != NULL, "there is memory for a thread", i)) os_thread_join(threads[i]);
    }
    for (uint64_t i = 0; i < THREADS; i++) {
        for (uint64_t page = 0; page < PAGES; page++) {
            rule(seen[i][page] == seen[0][page], "several that touch a page at once see one and the same", page);
            rule(load(FIRST + page * PAGE + 16 + 8 * i).value == mark(i + page), "what each wrote is in it", page);
        }
    }
    detach(&object);
}

static void touch_own(uint64_t number) {
    os_handler_set(on_failure);
    for (uint64_t page = number; page < PAGES; page += THREADS)
        rule(store(FIRST + page * PAGE, mark(page)) == 0, "faults of several threads are each answered", page);
}

static void answers_may_come_in_any_order(void) {
    struct os_object object;
    struct os_thread *threads[THREADS] = {0};
    if (!attach(&object, FIRST, PAGES)) return;
    for (uint64_t i = 0; i < THREADS; i++) threads[i] = os_thread_run(touch_own, i, OS_PRIORITY);
    for (uint64_t i = 0; i < THREADS; i++) {
        if (rule(threads[i] != NULL, "there is memory for a thread", i)) os_thread_join(threads[i]);
    }
    for (uint64_t page = 0; page < PAGES; page++)
        rule(load(FIRST + page * PAGE).value == mark(page), "each page has what its own thread wrote", page);
    detach(&object);
}

// ---- regions and objects ----

static void regions_do_not_know_of_each_other(void) {
    struct os_object one, other;
    if (!attach(&one, FIRST, PAGES)) return;
    if (attach(&other, SECOND, PAGES)) {
        write_all(FIRST, PAGES, 1);
        write_all(SECOND, PAGES, 2);
        read_all(FIRST, PAGES, 1);
        read_all(SECOND, PAGES, 2);
        detach(&other);
        read_all(FIRST, PAGES, 1);
    }
    detach(&one);
}

static void what_is_detached_is_gone(void) {
    struct os_object object;
    if (!attach(&object, FIRST, PAGES)) return;
    write_all(FIRST, PAGES, 0);
    detach(&object);
    rule(load(FIRST).error != 0, "where nothing is attached nothing is", 0);
    rule(os_detach(&object) != PAGER_OK, "a cookie is good once", object.cookie);
}

static void a_copy_begins_like_its_model_and_goes_its_own_way(void) {
    struct os_object model, copy;
    if (!attach(&model, FIRST, PAGES)) return;
    write_all(FIRST, PAGES, 0);
    enum pager_error error = os_snapshot(&model, SECOND, &copy);
    if (error == PAGER_OK) {
        read_all(SECOND, PAGES, 0);
        write_all(SECOND, PAGES, 5);
        read_all(FIRST, PAGES, 0);
        write_all(FIRST, PAGES, 9);
        read_all(SECOND, PAGES, 5);
        detach(&model);
        read_all(SECOND, PAGES, 5);
        detach(&copy);
        return;
    }
    rule(error == PAGER_UNSUPPORTED, "a kind that has no copies says so", error);
    detach(&model);
}

static void too_much_is_refused_and_nothing_is_lost(void) {
    static bool done[MANY];
    struct os_object object;
    uint64_t refused = 0;
    if (!attach(&object, FIRST, MANY)) return;
    for (uint64_t page = 0; page < MANY; page++) {
        uint64_t error = store(FIRST + page * PAGE, mark(page));
        done[page] = error == 0;
        if (error != 0) refused++;
        rule(error == 0 || error == PAGER_OUT_OF_MEMORY, "who has no frame says OUT_OF_MEMORY", page);
    }
    for (uint64_t page = 0; page < MANY; page++) {
        if (!done[page]) continue;
        struct access access = load(FIRST + page * PAGE);
        rule(access.error == 0 || access.error == PAGER_OUT_OF_MEMORY, "who has no frame says OUT_OF_MEMORY", page);
        rule(access.error != 0 || access.value == mark(page), "what was written is read, also after pressure", page);
    }
    os_print("# %lu of %u pages were refused\n", refused, MANY);
    detach(&object);
}

// ---- clients that die ----

static uint64_t objects_now(void) { return stat_of(0).objects; }

static void client_may_die(const char *how) {
    char command[64] = "conform ";
    size_t length = string_length(command), name = string_length(kind), word = string_length(how);
    memcpy(command + length, kind, name);
    command[length + name] = ' ';
    memcpy(command + length + name + 1, how, word + 1);
    uint64_t before = objects_now();
    struct result child = os_spawn(command);
    if (!rule(child.status == STATUS_OK, "a second client can be started", child.status)) return;
    if (string_equal(how, "touch")) {
        for (unsigned i = 0; i < 30; i++) wait_a_little();
        os_kill(child.value);
    }
    os_wait(child.value);
    uint64_t late = os_after(PATIENCE);
    while (objects_now() != before && os_now() < late) wait_a_little();
    rule(objects_now() == before, "what a dead client had is given back", objects_now());
}

static void a_client_that_ends_leaves_nothing(void) { client_may_die("leave"); }
static void a_client_that_is_killed_leaves_nothing(void) { client_may_die("touch"); }

static void all_frames_are_back_at_the_end(void) {
    struct pager_stat stat = stat_of(0);
    uint64_t late = os_after(PATIENCE);
    while (stat.frames != stat.frames_free && os_now() < late) {
        wait_a_little();
        stat = stat_of(0);
    }
    rule(stat.frames == stat.frames_free, "the pager's frames are all back when nobody has an object",
         stat.frames - stat.frames_free);
}

// As the second client.
static int be_second(const char *how) {
    struct os_object object;
    if (!attach(&object, FIRST, PAGES)) return 1;
    do {
        write_all(FIRST, PAGES, 0);
        if (string_equal(how, "touch")) os_discard(&object, 0, PAGES);
    } while (string_equal(how, "touch"));
    return 0;
}

static const struct sentence {
    const char *name;
    void (*run)(void);
} sentences[] = {
#define SENTENCE(name) \
    { #name, name }
    SENTENCE(first_touch_is_answered),
    SENTENCE(what_is_written_is_read),
    SENTENCE(a_page_that_was_read_can_be_written),
    SENTENCE(several_threads_meet_on_one_page),
    SENTENCE(answers_may_come_in_any_order),
    SENTENCE(regions_do_not_know_of_each_other),
    SENTENCE(what_is_detached_is_gone),
    SENTENCE(a_copy_begins_like_its_model_and_goes_its_own_way),
    SENTENCE(too_much_is_refused_and_nothing_is_lost),
    SENTENCE(a_client_that_ends_leaves_nothing),
    SENTENCE(a_client_that_is_killed_leaves_nothing),
    SENTENCE(all_frames_are_back_at_the_end),
#undef SENTENCE
};

enum { SENTENCE_COUNT = sizeof sentences / sizeof sentences[0] };

// In a thread of its own, so that a fault which nobody answers is noticed.
static uint64_t sentence_ends;

static void be_sentence(uint64_t number) {
    os_handler_set(on_failure);
    sentences[number].run();
    __atomic_store_n(&sentence_ends, 1, __ATOMIC_SEQ_CST);
}

static bool run_sentence(uint64_t number) {
    sentence_ends = 0;
    struct os_thread *thread = os_thread_run(be_sentence, number, OS_PRIORITY);
    if (!rule(thread != NULL, "there is memory for a thread", number)) return true;
    uint64_t late = os_after(SENTENCE_TIME);
    while (__atomic_load_n(&sentence_ends, __ATOMIC_SEQ_CST) == 0 && os_now() < late) wait_a_little();
    if (rule(__atomic_load_n(&sentence_ends, __ATOMIC_SEQ_CST) != 0, "every fault is answered in time", number)) {
        os_thread_join(thread);
        return true;
    }
    os_thread_kill(thread);
    return false;
}

int main(void) {
    unsigned words = os_argument_count();
    if (words < 2 || words > 3) {
        os_print("usage: conform KIND\n");
        return 2;
    }
    kind = os_argument(1);
    struct result found = os_lookup(kind), all = os_lookup_for(kind, OS_LOOKUP_MASTER);
    if (found.status != STATUS_OK || os_handler_set(on_failure) != STATUS_OK) {
        os_print("conform: no pager of this system hosts kind %s: %s\n", kind, os_status_name(found.status));
        return 3;
    }
    pager = found.value;
    master = all.status == STATUS_OK ? all.value : pager;
    if (words == 3) return be_second(os_argument(2));
    unsigned failed = 0;
    os_print("1..%u\n", (unsigned)SENTENCE_COUNT);
    for (unsigned i = 0; i < SENTENCE_COUNT; i++) {
        broken = NULL;
        bool ends = run_sentence(i);
        if (broken != NULL) os_print("# broken: %s (%lu)\n", broken, broken_at);
        os_print("%sok %u - %s\n", broken != NULL ? "not " : "", i + 1, sentences[i].name);
        failed += broken != NULL ? 1 : 0;
        if (!ends) return 1; // who waits for ever is in the way of what follows
    }
    return failed == 0 ? 0 : 1;
}
