// SPDX-License-Identifier: MIT
// The fuzzer: threads of two spaces, one the pager of the other, make random and nearly valid calls, destroying what is
// in use. Each round begins with fresh spaces and ends with their destruction: then every frame must be back.
//
// Settings (suite.conf): seed, calls. One hart and -icount make a run repeat exactly; on more, the threads do the same
// things at other times.
#include "fuzz.h"

#include <os/arena.h>
#include <os/begin.h>
#include <os/handles.h>
#include <os/print.h>
#include <os/threads.h>
#include <os/time.h>

#include "settings.h"

enum {
    CALLS = 40000,
    CALLS_PER_ROUND = 20000,
    QUOTA = 1500,
    IDLE_PERIODS = 10, // without a call: all threads are dead
    PERIOD = 500,      // microseconds
    SETTLE_MOST = 2000,
};

struct fuzz_shared fuzz_shared __attribute__((section(".shared")));

static struct os_child pager, client;

static void must(bool good, const char *what) {
    if (good) return;
    os_print("Bail out! no memory: %s\n", what);
    os_exit(1);
}

static void make_world(uint64_t seed) {
    fuzz_shared.seed = seed;
    fuzz_shared.ready = false;
    must(os_child_make(&pager, fuzz_run, 0, QUOTA, 1), "the pager");
    must(os_child_make(&client, fuzz_run, 1, QUOTA, 2), "the client");
    for (unsigned i = 0; i < 2; i++) {
        const struct os_child *child = i == 0 ? &pager : &client;
        fuzz_shared.ids[i] = child->id;
        os_region(child->space, FUZZ_WINDOW, FUZZ_PAGES, REGION_SELF, 0, 0, RIGHTS_ACCESS, 0);
        struct result events = os_mint(HANDLE_MACHINE, HANDLE_EVENTS | HANDLE_DMA | HANDLE_PASS, 0);
        os_give(child->space, events.value, HANDLE_MACHINE);
        os_close(events.value);
    }
    os_give(pager.space, client.space, FUZZ_OTHER_SPACE);
    os_give(pager.space, client.thread, FUZZ_OTHER_THREAD);
    os_child_start(&pager);
}

// The pager has made its port, and sends us a handle of it: the client's pages come from there.
static void connect(const struct message *call) {
    os_region(client.space, FUZZ_PAGED, FUZZ_PAGES, call->handle, 1, 0, RIGHTS_ACCESS | 300ul << REGION_DEADLINE_SHIFT,
              0);
    os_give(client.space, call->handle, FUZZ_OTHER_PORT);
    os_close(call->handle);
    os_reply(call->token, VERDICT_REPLY, 0, 0, 0, 0, 0);
    os_child_start(&client);
}

static void answer(const struct message *message, uint64_t *random) {
    if (message->token == 0) return;
    if ((message->tag & TAG_HANDLE) != 0 && !fuzz_shared.ready) {
        fuzz_shared.ready = true;
        connect(message);
        return;
    }
    if ((message->tag & TAG_HANDLE) != 0) os_close(message->handle);
    static const uint64_t verdicts[] = {VERDICT_RETRY, VERDICT_FAIL, VERDICT_SKIP, VERDICT_REPLY};
    os_reply(message->token, verdicts[fuzz_random(random) % 4], message->word[3] + 4, 0, 0, 0, 0);
}

static uint64_t calls_made(void) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < FUZZ_THREADS * 2; i++) sum += fuzz_shared.calls[i];
    return sum;
}

// Answers what comes to us, until the round has had its calls, or nobody makes any.
static void watch_round(uint64_t most, uint64_t *random) {
    uint64_t port = os_port_create().value, last = calls_made(), until = last + most;
    for (unsigned idle = 0; idle < IDLE_PERIODS && calls_made() < until; idle++) {
        os_timer(port, 1, os_after(PERIOD));
        os_recv(port, 0);
        for (unsigned i = 0; i < 2; i++) {
            struct message message = os_recv(i == 0 ? pager.port : client.port, RECV_POLL);
            for (unsigned n = 0; n < 64 && message.status == STATUS_OK; n++) {
                answer(&message, random);
                message = os_recv(i == 0 ? pager.port : client.port, RECV_POLL);
            }
        }
        if (calls_made() != last) idle = 0;
        last = calls_made();
    }
    os_end(port);
}

static uint64_t frames_in_use(void) {
    os_space_control(HANDLE_SELF, SPACE_COUNTERS, 0, 0);
    return ((const struct space_counters *)os_self()->message)->used;
}

static void rest(void) {
    uint64_t port = os_port_create().value;
    os_timer(port, 1, os_after(PERIOD));
    os_recv(port, 0);
    os_end(port);
}

// => whether every frame is back
static bool run_round(uint64_t seed, uint64_t most) {
    uint64_t random = seed, before = frames_in_use();
    make_world(seed);
    watch_round(most, &random);
    if (fuzz_random(&random) % 2 == 0) {
        os_child_end(&pager);
        os_child_end(&client);
    } else {
        os_child_end(&client);
        os_child_end(&pager);
    }
    uint64_t after = frames_in_use();
    for (unsigned i = 0; i < SETTLE_MOST && after != before; i++) {
        rest(); // what nobody waits for ends a little later
        after = frames_in_use();
    }
    if (after != before) os_print("# seed %lu: %lu frames were in use before, %lu after\n", seed, before, after);
    return after == before;
}

static void tell_statuses(void) {
    os_print("# answers:");
    for (unsigned status = 0; status < STATUS_COUNT; status++)
        os_print(" %s %lu", os_status_name(status), fuzz_shared.statuses[status]);
    os_print(" misuse %lu\n", fuzz_shared.statuses[FUZZ_MISUSE]);
}

// Our own random answers are misuse now and then: they are not given.
static void step_over(struct upcall_registers *interrupted, struct os_fault *fault) {
    if (FAULT_ACCESS(TAG_LABEL(fault->message.tag)) != FAULT_MISUSE) os_handler_give_up(interrupted, fault);
    interrupted->pc += 4;
}

int main(void) {
    uint64_t time;
    __asm__ volatile("rdtime %0" : "=r"(time));
    uint64_t seed = settings_number("seed", time % 1000000), calls = settings_number("calls", CALLS), rounds = 0;
    bool good = true;
    os_handler_set(step_over);
    os_print("1..2\n# seed %lu, %lu calls; to repeat, put a file suite.conf with a line seed=%lu into the image\n",
             seed, calls, seed);
    run_round(seed, 10); // takes what is kept: page tables
    while (good && calls_made() < calls) {
        good = run_round(seed + rounds, CALLS_PER_ROUND);
        rounds++;
        if (rounds % 100 == 0) os_print("# %lu rounds, %lu calls\n", rounds, calls_made());
    }
    os_print("# %lu rounds, %lu calls\n", rounds, calls_made());
    tell_statuses();
    os_print("%sok 1 - random_calls_do_not_break_the_kernel\n", calls_made() >= calls ? "" : "not ");
    os_print("%sok 2 - after_random_calls_every_frame_is_back\n", good ? "" : "not ");
    return good && calls_made() >= calls ? 0 : 2;
}
