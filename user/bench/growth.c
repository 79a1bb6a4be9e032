// SPDX-License-Identifier: MIT
// How the kernel's paths grow with what there is: regions of the faulting space, pages that are there, spaces. For each
// size and row of growth_rows.def a line "grow instructions DIMENSION SIZE ROW COUNT", in hundredths, the mean; then
// again with "ticks" of the clock, of the least batch.
//
// Clients in spaces of their own do what this program tells them and count by rdinstret; it is their server and pager.
// Pages are chosen so that two that follow each other have little in common. The same loop without the operation is
// taken off. Instructions are for one hart and -icount shift=0, ticks for several, of which the others are idle.
#include <os/arena.h>
#include <os/begin.h>
#include <os/child.h>
#include <os/ranges.h>
#include <os/threads.h>

#include <os/print.h>
#include <os/process.h>

#include "count.h"
#include "string.h"

enum {
    OPERATIONS = 4096, // of each row, at least
    BATCH = 256,       // pages that are touched before they are made as they were
    CLIENTS = 256,
    REGIONS_MOST = 10000,
    PAGES_MOST = 1 << 18,
    CLIENT_RANK = 255,
    CLIENT_QUOTA = 512,
    COOKIE = 100,
    STEP = 7919, // from page to page: prime, and so it reaches all of them
    HUNDREDTHS = 100,
};
#define PAGED      0x40000000ul // regions that we page, one page each, and as much between them
#define PAGED_EACH (2 * OS_PAGE)
#define OWN        0x80000000ul // the client's own pages
#define WINDOW     0xf0000000ul // a place for map2, and for a region that comes and goes
#define RIGHTS     (RIGHT_READ | RIGHT_WRITE)

enum row {
#define ROW(name, what) ROW_##name,
#include "growth_rows.def"
#undef ROW
    ROWS,
};

static const char *const row_names[] = {
#define ROW(name, what) #name,
#include "growth_rows.def"
#undef ROW
};

// A client's orders: what it does with which pages, page n being number (first + n * STEP) % total.
enum order { ORDER_CALLS, ORDER_TOUCH, ORDER_PAGES, ORDER_OWN, ORDER_END };
enum { LABEL_DONE = 1 };

struct order_pages {
    uint64_t va, each, total, first, count;
};

// What all clients spent, since it was told last.
struct spent {
    uint64_t spent, operations;
    uint64_t least; // of a batch, per operation, in hundredths: by the clock some are spoilt by what else the host does
};

static OS_SHARED struct spent costs[ROWS];
static OS_SHARED struct order_pages pages;
static OS_SHARED uint64_t refused; // operations of clients, which have no console

// In raw.S.
void bench_skip(void);

// ---- a client ----

static uint64_t page_at(uint64_t n) { return pages.va + (pages.first + n * STEP) % pages.total * pages.each; }

static bool nothing(uint64_t va) {
    __asm__ volatile("" : : "r"(va) : "memory");
    return true;
}

static bool touch(uint64_t va) {
    __asm__ volatile(".option push; .option norvc; sd zero, 0(%0); .option pop" : : "r"(va) : "memory");
    return true;
}

static bool prot(uint64_t va) { return os_prot(0, va, 1, RIGHT_READ).status == STATUS_OK; }
static bool unprot(uint64_t va) { return os_unprot(0, va, 1, RIGHTS_ACCESS).status == STATUS_OK; }

static bool null(uint64_t va) {
    (void)va;
    return os_null().status == STATUS_OK;
}

static bool call(uint64_t va) { return os_call(OS_CHILD_PORT, 0, va, 2, 3, 4, 5).status == STATUS_OK; }

static bool region(uint64_t va) {
    (void)va;
    return os_region(0, WINDOW + OS_PAGE, 1, REGION_SELF, 0, 0, RIGHTS, 0).status == STATUS_OK &&
           os_region(0, WINDOW + OS_PAGE, 1, REGION_REMOVE, 0, 0, 0, 0).status == STATUS_OK;
}

static bool map2(uint64_t va) {
    return os_map2(va, 0, WINDOW, 1, RIGHTS).status == STATUS_OK && os_unmap(0, WINDOW, 1).status == STATUS_OK;
}

static uint64_t loop(bool (*operation)(uint64_t va)) {
    uint64_t start = now(), done = 0;
    for (uint64_t n = 0; n < pages.count; n++) done += operation(page_at(n)) ? 1 : 0;
    uint64_t spent = now() - start;
    refused += pages.count - done;
    return spent;
}

static void add(enum row row, uint64_t spent) {
    uint64_t each = (int64_t)spent > 0 ? spent * HUNDREDTHS / pages.count : 0;
    if (costs[row].least == 0 || (each != 0 && each < costs[row].least)) costs[row].least = each;
    costs[row].spent += spent;
    costs[row].operations += pages.count;
}

static void measure(enum row row, bool (*operation)(uint64_t va), bool (*empty)(uint64_t va)) {
    uint64_t spent = loop(operation);
    add(row, spent - loop(empty));
}

static void measure_protection(void) {
    loop(touch); // what the kernel has to settle
    uint64_t empty = loop(touch);
    measure(ROW_prot, prot, nothing);
    add(ROW_handler, loop(touch) - empty);
    measure(ROW_unprot, unprot, nothing);
}

static bool take_own(void) {
    return os_region_range(HANDLE_SELF, OWN, pages.total, REGION_SELF, 0, 0, RIGHTS, 0).status == STATUS_OK &&
           os_alloc_range(OWN, pages.total, RIGHTS, 0, 0).status == STATUS_OK;
}

static void client(uint64_t argument) {
    (void)argument;
    uint64_t area = os_pages_take(2);
    os_upcall((uint64_t)bench_skip, area + 2 * OS_PAGE, area);
    os_region(HANDLE_SELF, WINDOW, 1, REGION_SELF, 0, 0, RIGHTS, 0);
    for (;;) {
        struct message order = os_call(OS_CHILD_PORT, (uint64_t)LABEL_DONE << TAG_LABEL_SHIFT, 0, 0, 0, 0, 0);
        switch ((enum order)order.word[0]) {
        case ORDER_CALLS:
            measure(ROW_null, null, nothing);
            measure(ROW_call, call, nothing);
            measure(ROW_region, region, nothing);
            break;
        case ORDER_TOUCH:
            measure(ROW_pager, touch, touch);
            break;
        case ORDER_PAGES:
            if (pages.va == OWN) measure(ROW_map2, map2, nothing);
            measure_protection();
            break;
        case ORDER_OWN:
            refused += take_own() ? 0 : 1;
            break;
        case ORDER_END:
            return;
        }
    }
}

// ---- the server and pager ----

static struct os_child clients[CLIENTS];
static uint64_t waits[CLIENTS]; // the token under which it waits for an order
static uint64_t frame;          // the page that answers faults

static void give_up(const char *why) {
    os_print("# growth: %s\n", why);
    os_exit(1);
}

// Serves a client until it waits for an order.
static void serve(unsigned number) {
    uint64_t port = clients[number].port;
    struct message message = os_recv(port, 0);
    for (;;) {
        if (message.tag == MESSAGE_CALL) {
            message = os_reply_recv(message.token, VERDICT_REPLY, message.word[0], message.word[1], message.word[2],
                                    message.word[3], message.word[4], port);
        } else if (message.badge == COOKIE) {
            message = os_reply_recv(message.token, VERDICT_MAP, frame, message.word[1], 1, RIGHTS, 0, port);
        } else if (TAG_KIND(message.tag) == MESSAGE_CALL) {
            waits[number] = message.token;
            return;
        } else {
            give_up("a client did what it should not");
        }
    }
}

static void order(unsigned number, enum order what) {
    os_reply(waits[number], VERDICT_REPLY, what, 0, 0, 0, 0);
    if (what != ORDER_END) serve(number);
}

static void make(unsigned number, uint64_t quota) {
    if (!os_child_make(&clients[number], client, 0, quota, CLIENT_RANK)) give_up("there is no memory for a client");
    os_child_start(&clients[number]);
    serve(number);
}

static void end(unsigned number) {
    struct message last;
    order(number, ORDER_END);
    os_child_wait(&clients[number], &last);
    os_child_end(&clients[number]);
}

static void make_regions(unsigned number, uint64_t count) {
    for (uint64_t n = 0; n < count; n++) {
        if (os_region(clients[number].space, PAGED + n * PAGED_EACH, 1, clients[number].port, COOKIE, 0, RIGHTS, 0)
                .status != STATUS_OK)
            give_up("there is no memory for a region");
    }
}

static void tell(const char *dimension, uint64_t size) {
    if (refused != 0) give_up("an operation was refused");
    for (enum row row = 0; row < ROWS; row++) {
        uint64_t n = costs[row].operations, mean = n != 0 ? (costs[row].spent * HUNDREDTHS + n / 2) / n : 0;
        const char *unit = by_clock != 0 ? "ticks" : "instructions";
        if (n != 0)
            os_print("grow %s %s %lu %s %lu\n", unit, dimension, size, row_names[row],
                     by_clock != 0 ? costs[row].least : mean);
        costs[row] = (struct spent){0};
    }
}

static uint64_t least(uint64_t one, uint64_t other) { return one < other ? one : other; }

// One batch of everything, by a client that has `total` regions which we page.
static void batch(unsigned number, uint64_t total, uint64_t count, uint64_t first) {
    pages = (struct order_pages){PAGED, PAGED_EACH, total, first, count};
    order(number, ORDER_CALLS);
    order(number, ORDER_TOUCH);
    order(number, ORDER_PAGES);
    for (uint64_t n = 0; n < count; n++) os_unmap(clients[number].id, page_at(n), 1);
}

static void forget_costs(void) {
    for (enum row row = 0; row < ROWS; row++) costs[row] = (struct spent){0};
}

static void measure_regions(uint64_t count) {
    uint64_t together = least(count, BATCH);
    make(0, CLIENT_QUOTA + count);
    make_regions(0, count);
    batch(0, count, together, 0);
    forget_costs();
    for (uint64_t done = 0; done < OPERATIONS; done += together) batch(0, count, together, done);
    tell("regions", count);
    end(0);
}

static void measure_pages(uint64_t count) {
    uint64_t together = least(count, BATCH);
    make(0, CLIENT_QUOTA + count + count / BATCH);
    pages = (struct order_pages){OWN, OS_PAGE, count, 0, together};
    order(0, ORDER_OWN);
    for (uint64_t n = 0; n < OPERATIONS / BATCH; n++) { // what was large is small afterwards
        pages.first = n * BATCH;
        order(0, ORDER_PAGES);
    }
    forget_costs();
    for (uint64_t done = 0; done < OPERATIONS; done += together) {
        pages.first = done;
        order(0, ORDER_CALLS);
        order(0, ORDER_PAGES);
    }
    tell("pages", count);
    end(0);
}

static void measure_spaces(unsigned count) {
    const uint64_t together = 16;
    for (unsigned number = 0; number < count; number++) {
        make(number, CLIENT_QUOTA);
        make_regions(number, together);
        batch(number, together, together, 0);
    }
    forget_costs();
    for (uint64_t done = 0; done < OPERATIONS || done < count * together; done += together)
        batch((unsigned)(done / together * STEP % count), together, together, done);
    tell("spaces", count);
    for (unsigned number = 0; number < count; number++) end(number);
}

static void measure_all(const char *what, uint64_t frames) {
    bool all = string_equal(what, "all");
    if (string_equal(what, "harts")) measure_regions(BATCH);
    for (uint64_t count = 1; all && count <= REGIONS_MOST; count *= 10) measure_regions(count);
    for (uint64_t count = 1; all && count <= PAGES_MOST && count + count / 64 < frames; count *= 8)
        measure_pages(count);
    for (unsigned count = 1; all && count <= CLIENTS && count * CLIENT_QUOTA < frames; count *= 4)
        measure_spaces(count);
}

int main(void) {
    if (os_argument_count() != 2) give_up("usage: bench-growth all|harts");
    frame = os_pages_take(1);
    if (frame == 0) give_up("there is no memory");
    os_space_control(HANDLE_SELF, SPACE_COUNTERS, 0, 0);
    const struct space_counters *counters = os_self()->message;
    uint64_t frames = counters->quota - counters->used;
    for (by_clock = 0; by_clock < 2; by_clock++) measure_all(os_argument(1), frames);
    return 0;
}
