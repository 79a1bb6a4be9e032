// SPDX-License-Identifier: MIT
// A fault that another space answers, phase by phase: from the events that the kernel records, and from what the two
// programs count themselves. For each phase of phases.def a line "phase NAME INSTRUCTIONS", in hundredths. Before
// events were recorded, when the kernel takes its straight way: "phase straight_in", "straight_pager" and
// "straight_out".
#include <os/arena.h>
#include <os/begin.h>
#include <os/child.h>
#include <os/print.h>

#include <abi/event.h>

enum {
    ROUNDS = 64,
    FAULTS = 32, // of one round: what they leave in the ring has room there
    CLIENT_QUOTA = 512,
    COOKIE = 100,
    HUNDREDTHS = 100,
};
#define PAGED  0x40000000ul
#define RIGHTS (RIGHT_READ | RIGHT_WRITE)

enum phase {
#define PHASE(name, what) PHASE_##name,
#include "phases.def"
#undef PHASE
    PHASES,
};

static const char *const names[] = {
#define PHASE(name, what) #name,
#include "phases.def"
#undef PHASE
};

// Of the faults of one round: when the access began and was done, when the pager had the message and gave its answer.
static OS_SHARED struct { uint64_t begun, done, received, answered; } faults[FAULTS];

static uint64_t now(void) {
    uint64_t count;
    __asm__ volatile("rdinstret %0" : "=r"(count) : : "memory");
    return count;
}

static void client(uint64_t argument) {
    (void)argument;
    for (;;) {
        for (uint64_t n = 0; n < FAULTS; n++) {
            faults[n].begun = now();
            __asm__ volatile(".option push; .option norvc; sd zero, 0(%0); .option pop"
                             :
                             : "r"(PAGED + n * OS_PAGE)
                             : "memory");
            faults[n].done = now();
        }
        os_call(OS_CHILD_PORT, 0, 0, 0, 0, 0, 0);
    }
}

static uint64_t frame;

// Answers a round of faults. => the token of the call that ends it, 0: something else came
static uint64_t serve(uint64_t port) {
    struct message message = os_recv(port, 0);
    for (unsigned n = 0; n < FAULTS && message.status == STATUS_OK && message.badge == COOKIE; n++) {
        faults[n].received = now();
        faults[n].answered = now();
        message = os_reply_recv(message.token, VERDICT_MAP, frame, message.word[1], 1, RIGHTS, 0, port);
    }
    return message.status == STATUS_OK && TAG_KIND(message.tag) == MESSAGE_CALL ? message.token : 0;
}

static uint64_t spent[PHASES];
static uint64_t straight_in, straight_pager, straight_out;

// When the first event of this kind was recorded after `time`. => 0: none was
static uint64_t event_after(const struct event_ring *ring, enum event_kind kind, uint64_t time) {
    uint64_t first = ring->count > RING_EVENTS ? ring->count - RING_EVENTS : 0;
    for (uint64_t n = first; n < ring->count; n++) {
        const struct event *event = &ring->event[n % RING_EVENTS];
        if (event->kind == (uint64_t)kind && event->cycle > time) return event->cycle;
    }
    return 0;
}

static bool account(const struct event_ring *ring) {
    for (unsigned n = 0; n < FAULTS; n++) {
        uint64_t fault = event_after(ring, EVENT_fault, faults[n].begun);
        uint64_t away = event_after(ring, EVENT_switch, fault), map = event_after(ring, EVENT_map, faults[n].answered);
        uint64_t back = event_after(ring, EVENT_switch, map);
        const uint64_t times[PHASES + 1] = {faults[n].begun,    fault, away,          faults[n].received,
                                            faults[n].answered, back,  faults[n].done};
        for (enum phase phase = 0; phase < PHASES; phase++) {
            if (times[phase] == 0 || times[phase + 1] < times[phase]) return false;
            spent[phase] += times[phase + 1] - times[phase];
        }
    }
    return true;
}

static void account_straight(void) {
    for (unsigned n = 0; n < FAULTS; n++) {
        straight_in += faults[n].received - faults[n].begun;
        straight_pager += faults[n].answered - faults[n].received;
        straight_out += faults[n].done - faults[n].answered;
    }
}

static uint64_t each(uint64_t sum) { return sum * HUNDREDTHS / (ROUNDS * FAULTS); }

static int give_up(const char *why) {
    os_print("# phases: %s\n", why);
    return 1;
}

int main(void) {
    struct os_child child;
    uint64_t ring = os_range_take(RING_PAGES, 1);
    frame = os_pages_take(1);
    if (frame == 0 || ring == 0 || !os_child_make(&child, client, 0, CLIENT_QUOTA, 1))
        return give_up("there is no memory");
    os_region(child.space, PAGED, FAULTS, child.port, COOKIE, 0, RIGHTS, 0);
    os_child_start(&child);
    for (unsigned round = 0; round < 2 * ROUNDS; round++) {
        uint64_t token = serve(child.port);
        if (token == 0) return give_up("the client did what it should not");
        if (round < ROUNDS) {
            account_straight();
        } else if (!account((const struct event_ring *)ring)) {
            return give_up("an event is missing");
        }
        if (round == ROUNDS - 1 && os_events(HANDLE_MACHINE, 0, ring).status != STATUS_OK)
            return give_up("there are no events to be had");
        os_unmap(child.id, PAGED, FAULTS);
        os_reply(token, VERDICT_REPLY, 0, 0, 0, 0, 0);
    }
    for (enum phase phase = 0; phase < PHASES; phase++) os_print("phase %s %lu\n", names[phase], each(spent[phase]));
    os_print("phase straight_in %lu\nphase straight_pager %lu\nphase straight_out %lu\n", each(straight_in),
             each(straight_pager), each(straight_out));
    return 0;
}
