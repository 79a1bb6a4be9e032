// SPDX-License-Identifier: MIT
// What the kernel's paths cost each: guest instructions, address-space switches, shootdowns, and thousandths of a tick
// of the clock. For each row of rows.def a line "bench NAME INSTRUCTIONS SWITCHES SHOOTDOWNS TIME".
//
// A client in a space of its own does every operation at least 10,000 times and counts by rdinstret; this program is
// its server and pager. The same loop without the operation is taken off. Meant for one hart and -icount shift=0.
#include <os/arena.h>
#include <os/begin.h>
#include <os/child.h>
#include <os/stubs.h>
#include <os/threads.h>

#include "cost.h"

enum {
    OPERATIONS = 10240,
    PAGES = 512,    // that are touched in a row before they are made as they were
    TOGETHER = 100, // pages of one prot
    TOGETHER_CALLS = PAGES / TOGETHER,
    COOKIE = 100,
    CLIENT_QUOTA = 2048,
    LABEL_COUNTERS = 1,
    LABEL_UNMAP = 2,
};
#define LAZY_START  0x20000000ul // the client's region that we page
#define LAZY_RIGHTS (RIGHT_READ | RIGHT_WRITE)

enum row {
#define ROW(name, budget, what) ROW_##name,
#include "rows.def"
#undef ROW
    ROWS,
};

static const char *const row_names[] = {
#define ROW(name, budget, what) #name,
#include "rows.def"
#undef ROW
};

static OS_SHARED struct cost costs[2][ROWS]; // in instructions; in ticks of the clock

// In raw.S; the calls and rights there are these.
_Static_assert((int)CALL_resume == 31 && RESUME_UNPROT == 1 && LAZY_RIGHTS == 3, "raw.S says so");
void bench_skip(void);
void bench_resume(void);
void bench_unprot(void);

// ---- the client: counting ----

static uint64_t pages_start;

// Both spaces' counters.
static struct cost count(void) {
    struct message server = os_call(OS_CHILD_PORT, (uint64_t)LABEL_COUNTERS << TAG_LABEL_SHIFT, 0, 0, 0, 0, 0);
    os_space_control(HANDLE_SELF, SPACE_COUNTERS, 0, 0);
    const struct space_counters *own = os_self()->message;
    return (struct cost){0, own->switches + server.word[0], own->shootdowns + server.word[1], 0};
}

static void store(enum row row, struct cost before, uint64_t spent, uint64_t empty, uint64_t operations) {
    struct cost after = count();
    costs[by_clock][row] = (struct cost){spent - empty, after.switches - before.switches,
                                         after.shootdowns - before.shootdowns, operations};
}

// Cost of a loop that does `operation` for i from 0 to n-1.
#define MEASURE(n, operation)                \
    ({                                       \
        uint64_t start_ = now();             \
        for (uint64_t i = 0; i < (n); i++) { \
            operation;                       \
        }                                    \
        now() - start_;                      \
    })

#define NOTHING   __asm__ volatile("" : : "r"(i) : "memory")
#define AT(start) ((start) + i * OS_PAGE)
#define TOUCH(start) \
    __asm__ volatile(".option push; .option norvc; sd zero, 0(%0); .option pop" : : "r"(AT(start)) : "memory")

static void measure_calls(void) {
    for (int warm = 0; warm < 2; warm++) {
        struct cost before = count();
        uint64_t spent = MEASURE(OPERATIONS, os_null());
        store(ROW_null, before, spent, MEASURE(OPERATIONS, NOTHING), OPERATIONS);
        before = count();
        spent = MEASURE(OPERATIONS, os_call(OS_CHILD_PORT, 0, 1, 2, 3, 4, 5));
        store(ROW_call, before, spent, MEASURE(OPERATIONS, NOTHING), OPERATIONS);
    }
}

static void measure_pager(void) {
    uint64_t spent = 0, empty = 0;
    struct cost before = {0};
    for (int round = -1; round < OPERATIONS / PAGES; round++) {
        os_call(OS_CHILD_PORT, (uint64_t)LABEL_UNMAP << TAG_LABEL_SHIFT, 0, 0, 0, 0, 0);
        if (round == 0) {
            spent = empty = 0;
            before = count();
        }
        spent += MEASURE(PAGES, TOUCH(LAZY_START));
        empty += MEASURE(PAGES, TOUCH(LAZY_START));
    }
    store(ROW_pager, before, spent, empty, OPERATIONS);
}

static void set_handler(void (*handler)(void)) {
    static uint64_t area;
    if (area == 0) area = os_pages_take(2);
    os_upcall((uint64_t)handler, area + 2 * OS_PAGE, area);
}

static void measure_handlers(void) {
    uint64_t spent = 0, empty = 0;
    for (int round = 0; round < OPERATIONS / PAGES; round++) empty += MEASURE(PAGES, TOUCH(pages_start));
    os_prot(0, pages_start, PAGES, 0);
    set_handler(bench_skip);
    struct cost before = {0};
    for (int round = -1; round < OPERATIONS / PAGES; round++) {
        if (round == 0) {
            spent = 0;
            before = count();
        }
        spent += MEASURE(PAGES, TOUCH(pages_start));
    }
    store(ROW_handler, before, spent, empty, OPERATIONS);

    set_handler(bench_resume);
    before = count();
    spent = MEASURE(OPERATIONS, __asm__ volatile("li a7, 64; ecall" : : : "a7", "memory"));
    store(ROW_foreign, before, spent,
          MEASURE(OPERATIONS, __asm__ volatile("li a7, 64"
                                               :
                                               :
                                               : "a7", "memory")),
          OPERATIONS);

    set_handler(bench_unprot);
    spent = empty = 0;
    for (int round = -1; round < OPERATIONS / PAGES; round++) {
        os_prot(0, pages_start, PAGES, 0);
        if (round == 0) {
            spent = empty = 0;
            before = count();
        }
        spent += MEASURE(PAGES, TOUCH(pages_start));
        empty += MEASURE(PAGES, TOUCH(pages_start));
    }
    store(ROW_unprot, before, spent, empty, OPERATIONS);
}

static void measure_prot(void) {
    uint64_t spent = 0, empty = 0;
    struct cost before = count();
    for (int round = 0; round < OPERATIONS / PAGES; round++) {
        spent += MEASURE(PAGES, os_prot(0, AT(pages_start), 1, RIGHT_READ));
        empty += MEASURE(PAGES, NOTHING);
        os_unprot(0, pages_start, PAGES, LAZY_RIGHTS);
    }
    store(ROW_prot, before, spent, empty, OPERATIONS);

    spent = empty = 0;
    before = count();
    for (int round = 0; round < OPERATIONS / TOGETHER_CALLS; round++) {
        spent += MEASURE(TOGETHER_CALLS, os_prot(0, pages_start + i * (TOGETHER * OS_PAGE), TOGETHER, RIGHT_READ));
        empty += MEASURE(TOGETHER_CALLS, NOTHING);
        os_unprot(0, pages_start, PAGES, LAZY_RIGHTS);
    }
    store(ROW_prot_many, before, spent, empty, OPERATIONS / TOGETHER_CALLS * TOGETHER_CALLS * TOGETHER);
}

static void client(uint64_t argument) {
    (void)argument;
    pages_start = os_pages_take(PAGES); // perhaps one large page: of small ones from now on
    os_prot(0, pages_start, 1, RIGHT_READ);
    os_unprot(0, pages_start, 1, LAZY_RIGHTS);
    for (by_clock = 0; by_clock < 2; by_clock++) {
        measure_calls();
        measure_pager();
        measure_handlers();
        measure_prot();
    }
}

// ---- the server and pager ----

static bool serve_other(const struct os_child *child, const struct message *message) {
    switch (TAG_KIND(message->tag)) {
    case MESSAGE_CALL:
        if (TAG_LABEL(message->tag) == LABEL_UNMAP) {
            os_unmap(child->id, LAZY_START, PAGES);
            os_reply(message->token, VERDICT_REPLY, 0, 0, 0, 0, 0);
        } else {
            os_space_control(HANDLE_SELF, SPACE_COUNTERS, 0, 0);
            const struct space_counters *own = os_self()->message;
            os_reply(message->token, VERDICT_REPLY, own->switches, own->shootdowns, 0, 0, 0);
        }
        return true;
    case MESSAGE_NOTIFY:
        return false;
    default:
        os_print("# the client did what it should not: badge %lu, tag 0x%lx, va 0x%lx, pc 0x%lx\n", message->badge,
                 message->tag, message->word[1], message->word[3]);
        return false;
    }
}

// What is measured takes the first two ways.
static void serve(const struct os_child *child, uint64_t frame) {
    uint64_t port = child->port;
    struct message message = os_recv(port, 0);
    for (;;) {
        if (message.tag == MESSAGE_CALL) {
            message = os_reply_recv(message.token, VERDICT_REPLY, message.word[0], message.word[1], message.word[2],
                                    message.word[3], message.word[4], port);
        } else if (message.badge == COOKIE) {
            message = os_reply_recv(message.token, VERDICT_MAP, frame, message.word[1], 1, LAZY_RIGHTS, 0, port);
        } else {
            if (!serve_other(child, &message)) return;
            message = os_recv(port, 0);
        }
    }
}

int main(void) {
    struct os_child child;
    uint64_t frame = os_pages_take(1);
    if (frame == 0 || !os_child_make(&child, client, 0, CLIENT_QUOTA, 1)) {
        os_print("# there is no memory for the client\n");
        return 1;
    }
    os_region(child.space, LAZY_START, PAGES, child.port, COOKIE, 0, LAZY_RIGHTS, 0);
    os_child_start(&child);
    serve(&child, frame);
    bool complete = true;
    for (enum row row = 0; row < ROWS; row++) {
        complete = cost_tell(row_names[row], &costs[0][row], &costs[1][row]) && complete;
    }
    return complete ? 0 : 1;
}
