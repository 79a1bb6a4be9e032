// SPDX-License-Identifier: MIT
// What the pagers cost: guest instructions for a page, zeroing and copying counted, with address-space switches and
// shootdowns. For each row of pager_rows.def a line "bench NAME INSTRUCTIONS SWITCHES SHOOTDOWNS TIME".
//
// A host of the kinds and a client of it, each in a space of its own. The client does everything to hundreds of pages
// in a row, several times, and counts by rdinstret (or the clock); the same loop over pages that are there is taken
// off. The first time is not counted: from then on the host has frames that were used before. Meant for one hart.
#include <os/arena.h>
#include <os/attach.h>
#include <os/begin.h>
#include <os/child.h>
#include <os/handles.h>
#include <os/pager.h>
#include <os/threads.h>

#include "../../pagers/kinds.h"
#include "cost.h"

enum {
    ROUNDS = 8,
    PAGES = 512, // that are touched in a row
    FORKED = 4096,
    HOST_QUOTA = 14000,
    CLIENT_QUOTA = 1024,
    CLIENT_PAGER = OS_CHILD_SLOTS,
    LABEL_COUNTERS = 1,
};
#define LAZY_RIGHTS  (RIGHT_READ | RIGHT_WRITE)
#define PLACE(index) (0x40000000ul + (uint64_t)(index)*0x4000000ul)

enum row {
#define ROW(name, budget, what) ROW_##name,
#include "pager_rows.def"
#undef ROW
    ROWS,
};

static const char *const row_names[] = {
#define ROW(name, budget, what) #name,
#include "pager_rows.def"
#undef ROW
};

static OS_SHARED struct cost costs[2][ROWS]; // in instructions; in ticks of the clock
static OS_SHARED uint64_t host_port;         // a handle of the first program's
// ---- the host ----

static void serve(uint64_t argument) {
    (void)argument;
    static const struct pager_ops *const kinds[] = {&kind_anon, &kind_zero, &kind_cow};
    uint64_t port = os_port_create().value;
    if (!pager_start(kinds, sizeof kinds / sizeof kinds[0], port)) return;
    uint64_t handle = os_mint(port, HANDLE_SEND | HANDLE_MINT | HANDLE_PASS, 0).value;
    os_call(OS_CHILD_PORT, MESSAGE_CALL | TAG_HANDLE, 0, 0, 0, 0, handle);
    pager_serve();
}

// ---- the client: counting ----

// The counters of host and client, as the first program sees them.
static struct cost count(void) {
    struct message told = os_call(OS_CHILD_PORT, (uint64_t)LABEL_COUNTERS << TAG_LABEL_SHIFT, 0, 0, 0, 0, 0);
    return (struct cost){0, told.word[0], told.word[1], 0};
}

// What one thing costs: begun and ended several times, without what asking for counters costs.
struct meter {
    struct cost before, sum;
};

static uint64_t begin(struct meter *meter) {
    meter->before = count();
    return now();
}

static void end(struct meter *meter, uint64_t start, uint64_t operations) {
    uint64_t spent = now() - start;
    struct cost after = count(), again = count();
    uint64_t asking = again.switches - after.switches;
    meter->sum.spent += spent;
    meter->sum.switches += after.switches - meter->before.switches - asking;
    meter->sum.shootdowns += after.shootdowns - meter->before.shootdowns;
    meter->sum.operations += operations;
}

static void store_row(enum row row, const struct meter *meter, uint64_t empty) {
    costs[by_clock][row] = meter->sum;
    costs[by_clock][row].spent -= empty;
}

__attribute__((noinline)) static void write_pages(uint64_t va, uint64_t pages, uint64_t stride) {
    for (uint64_t i = 0; i < pages; i++, va += stride * OS_PAGE) *(volatile uint64_t *)va = i;
}

__attribute__((noinline)) static void read_pages(uint64_t va, uint64_t pages, uint64_t stride) {
    for (uint64_t i = 0; i < pages; i++, va += stride * OS_PAGE) (void)*(volatile uint64_t *)va;
}

typedef void touch(uint64_t va, uint64_t pages, uint64_t stride);

static void measure(struct meter *meter, uint64_t *empty, touch *work, uint64_t va, uint64_t stride) {
    uint64_t start = begin(meter);
    work(va, PAGES, stride);
    end(meter, start, PAGES);
    start = now();
    work(va, PAGES, stride);
    *empty += now() - start;
}

static struct os_object attach(const char *kind, unsigned place, uint64_t pages) {
    struct os_object object;
    if (os_attach(&object, CLIENT_PAGER, kind, PLACE(place), pages, LAZY_RIGHTS, 0) != PAGER_OK)
        os_destroy(HANDLE_SELF);
    return object;
}

// Every other page, so that none comes ahead of its fault.
static void measure_first(void) {
    struct meter first[2] = {{{0}, {0}}}, zero_read = {{0}, {0}}, zero_write = {{0}, {0}};
    uint64_t empty[4] = {0};
    struct os_object anon = attach("anon", 0, 2 * PAGES), zero = attach("zero", 1, 2 * PAGES);
    for (int round = -1; round < ROUNDS; round++) {
        if (round == 0) {
            first[0] = first[1] = zero_read = zero_write = (struct meter){{0}, {0}};
            for (unsigned i = 0; i < 4; i++) empty[i] = 0;
        }
        measure(&first[0], &empty[0], write_pages, anon.va, 2);
        os_discard(&anon, 0, 2 * PAGES);
        measure(&first[1], &empty[1], write_pages, anon.va, 1);
        os_discard(&anon, 0, 2 * PAGES);
        measure(&zero_read, &empty[2], read_pages, zero.va, 2);
        measure(&zero_write, &empty[3], write_pages, zero.va, 2);
        os_discard(&zero, 0, 2 * PAGES);
    }
    store_row(ROW_first_write, &first[0], empty[0]);
    store_row(ROW_sequential, &first[1], empty[1]);
    store_row(ROW_zero_read, &zero_read, empty[2]);
    store_row(ROW_zero_write, &zero_write, empty[3]);
    os_detach(&anon);
    os_detach(&zero);
}

static void measure_copies(void) {
    struct meter copied = {{0}, {0}}, there = {{0}, {0}}, reused = {{0}, {0}};
    uint64_t empty[3] = {0};
    struct os_object parent = attach("anon", 2, PAGES), child;
    write_pages(parent.va, PAGES, 1);
    for (int round = -1; round < ROUNDS; round++) {
        if (round == 0) {
            copied = there = reused = (struct meter){{0}, {0}};
            for (unsigned i = 0; i < 3; i++) empty[i] = 0;
        }
        os_snapshot(&parent, PLACE(3), &child);
        measure(&copied, &empty[0], write_pages, child.va, 1);
        measure(&reused, &empty[1], write_pages, parent.va, 1);
        os_detach(&child);
        os_snapshot(&parent, PLACE(3), &child);
        measure(&there, &empty[2], write_pages, parent.va, 1);
        os_detach(&child);
    }
    store_row(ROW_cow_copy, &copied, empty[0]);
    store_row(ROW_cow_reuse, &reused, empty[1]);
    store_row(ROW_cow_copy_there, &there, empty[2]);
    os_detach(&parent);
}

static void measure_fork(void) {
    struct meter forked = {{0}, {0}};
    struct os_object parent = attach("anon", 4, FORKED), child;
    for (int round = -1; round < ROUNDS; round++) {
        if (round == 0) forked = (struct meter){{0}, {0}};
        write_pages(parent.va, FORKED, 1);
        uint64_t start = begin(&forked);
        os_snapshot(&parent, PLACE(5), &child);
        end(&forked, start, FORKED);
        os_detach(&child);
    }
    store_row(ROW_fork, &forked, 0);
    os_detach(&parent);
}

static void client(uint64_t argument) {
    (void)argument;
    for (by_clock = 0; by_clock < 2; by_clock++) {
        measure_first();
        measure_copies();
        measure_fork();
    }
}

// ---- the first program ----

static struct space_counters counters(uint64_t space) {
    os_space_control(space, SPACE_COUNTERS, 0, 0);
    return *(const struct space_counters *)os_self()->message;
}

// Until the client has ended.
static bool tell_counters(const struct os_child *host, const struct os_child *child) {
    for (;;) {
        struct message message = os_recv(child->port, 0);
        if (TAG_KIND(message.tag) != MESSAGE_CALL) {
            if (TAG_KIND(message.tag) == MESSAGE_NOTIFY) return (message.word[0] & OS_CHILD_DONE) != 0;
            os_print("# the client did what it should not: tag 0x%lx, va 0x%lx, pc 0x%lx\n", message.tag,
                     message.word[1], message.word[3]);
            return false;
        }
        struct space_counters its = counters(host->space), own = counters(child->space);
        os_reply(message.token, VERDICT_REPLY, its.switches + own.switches, its.shootdowns + own.shootdowns, 0, 0, 0);
    }
}

static bool make(struct os_child *host, struct os_child *child) {
    if (!os_child_make(host, serve, 0, HOST_QUOTA, 1) || !os_child_make(child, client, 0, CLIENT_QUOTA, 2))
        return false;
    os_child_start(host);
    struct message call = os_recv(host->port, 0);
    if (TAG_KIND(call.tag) != MESSAGE_CALL) return false;
    host_port = call.handle;
    os_reply(call.token, VERDICT_REPLY, 0, 0, 0, 0, 0);
    struct result minted = os_mint(host_port, HANDLE_SEND | HANDLE_PASS, 1);
    return minted.status == STATUS_OK && os_give(child->space, minted.value, CLIENT_PAGER).status == STATUS_OK;
}

int main(void) {
    struct os_child host, child;
    if (!make(&host, &child)) {
        os_print("# there is no memory for a host and a client\n");
        return 1;
    }
    os_child_start(&child);
    bool complete = tell_counters(&host, &child);
    for (enum row row = 0; row < ROWS; row++) {
        complete = cost_tell(row_names[row], &costs[0][row], &costs[1][row]) && complete;
    }
    return complete ? 0 : 1;
}
