// SPDX-License-Identifier: MIT
// The threads of the fuzzer: they call, touch and fault at random, for as long as the kernel lets them. One in each
// space only starts those again that wait too long.
#include "fuzz_pick.h"

#include <os/arena.h>
#include <os/handlers.h>
#include <os/handles.h>
#include <os/threads.h>
#include <os/time.h>
#include <stddef.h>

enum { RETURN_ADDRESS = 0, A0 = 9, PATIENCE = 300 };

static struct mind minds[FUZZ_THREADS];
static uint64_t first_port; // that this space receives from
static uint32_t threads[FUZZ_THREADS];

static uint64_t slot_of(uint64_t which, uint64_t number) { return which * FUZZ_THREADS + number; }

// Makes a call, and remembers what came of it.
static struct message make(struct mind *mind, uint64_t number, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3,
                           uint64_t a4, uint64_t a5, uint64_t a6, uint64_t t0) {
    struct message got = os_trap_message(number, a0, a1, a2, a3, a4, a5, a6, t0);
    fuzz_shared.calls[slot_of(mind->which, mind->number)]++;
    fuzz_shared.statuses[got.status < STATUS_COUNT ? got.status : FUZZ_MISUSE]++;
    return got;
}

static void make_and_receive(struct mind *mind, uint64_t number, uint64_t a0, uint64_t a1, uint64_t w0, uint64_t w1,
                             uint64_t w2, uint64_t w3, uint64_t w4, uint64_t t0) {
    struct message got = make(mind, number, a0, a1, w0, w1, w2, w3, w4, t0);
    if (got.status != STATUS_OK) return;
    if (got.token != 0) learn_token(mind, got.token);
    if ((got.tag & TAG_HANDLE) != 0) learn_handle(mind, FUZZ_PORT, got.handle);
}

static void make_object(struct mind *mind, enum fuzz_kind kind, uint64_t number, uint64_t a0, uint64_t a1, uint64_t a2,
                        uint64_t a3, uint64_t a4) {
    struct message got = make(mind, number, a0, a1, a2, a3, a4, 0, 0, 0);
    if (got.status == STATUS_OK) learn_handle(mind, kind, got.tag); // a1: the second result
}

// A verdict's, or a message's five words.
#define WORDS(mind) any_va(mind), any_va(mind), any_pages(mind), any_rights(mind), any_handle(mind, FUZZ_PORT)

static void call_messages(struct mind *mind, uint64_t number) {
    uint64_t port = any_handle(mind, FUZZ_PORT);
    uint64_t verdict = (any_tag(mind) & ~UINT64_C(0xff)) | pick(mind, pick(mind, 20) == 0 ? 256 : VERDICT_KINDS);
    switch (number) {
    case CALL_call:
        make_and_receive(mind, number, port, any_tag(mind), WORDS(mind), 0);
        return;
    case CALL_recv:
        make_and_receive(mind, number, port, pick(mind, 4) == 0 ? pick(mind, 3) : RECV_POLL, 0, 0, 0, 0, 0, 0);
        return;
    case CALL_reply:
        make(mind, number, any_token(mind), verdict, WORDS(mind), 0);
        return;
    default:
        make_and_receive(mind, number, any_token(mind), verdict, WORDS(mind), port);
    }
}

static void call_memory(struct mind *mind, uint64_t number) {
    if (number == CALL_alloc)
        make(mind, number, any_va(mind), any_pages(mind), any_rights(mind), pick(mind, 4) == 0 ? any_space(mind) : 0,
             any_va(mind), 0, 0, 0);
    else if (number == CALL_map2)
        make(mind, number, any_va(mind), any_space(mind), any_va(mind), any_pages(mind), any_rights(mind), 0, 0,
             pick(mind, 3) == 0 ? any_handle(mind, FUZZ_SPACE) : 0);
    else if (number == CALL_region)
        make(mind, number, pick(mind, 2) == 0 ? 0 : any_handle(mind, FUZZ_SPACE), any_va(mind), any_pages(mind),
             pick(mind, 3) == 0 ? REGION_SELF + pick(mind, 2) : any_handle(mind, FUZZ_PORT), any_word(mind),
             any_va(mind), any_rights(mind) | pick(mind, 1000) << REGION_DEADLINE_SHIFT,
             pick(mind, 3) == 0 ? any_handle(mind, FUZZ_PORT) : 0);
    else
        make(mind, number, any_space(mind), any_va(mind), any_pages(mind),
             number == CALL_dirty ? pick(mind, 4) : any_rights(mind), 0, 0, 0, 0);
}

static void call_batch(struct mind *mind) {
    struct batch_entry *entry = os_self()->message;
    uint64_t count = 1 + pick(mind, 8);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t call = pick(mind, 30) == 0 ? any_word(mind) : CALL_unmap + pick(mind, 4);
        entry[i] = (struct batch_entry){.call = (uint32_t)call,
                                        .rights = (uint32_t)any_rights(mind),
                                        .space = any_space(mind),
                                        .va = any_va(mind),
                                        .pages = any_pages(mind)};
    }
    make(mind, CALL_batch, seldom(mind) ? any_word(mind) : count, 0, 0, 0, 0, 0, 0, 0);
}

// Where some of the threads that threads make begin: without a stack.
static void call_for_ever(void) {
    for (;;) os_null();
}

static void call_control(struct mind *mind, uint64_t number) {
    bool of_thread = number == CALL_thread_control;
    uint64_t what = pick(mind, 7), value = any_va(mind);
    if (!of_thread)
        value = what <= SPACE_QUOTA_TAKE ? pick(mind, 20) : any_handle(mind, FUZZ_PORT);
    else if (what == THREAD_PRIORITY)
        value = pick(mind, OS_PRIORITY + 2);
    make(mind, number, any_handle(mind, of_thread ? FUZZ_THREAD : FUZZ_SPACE), what, value, any_word(mind), 0, 0, 0, 0);
}

// Calls that end what the threads live on come seldom, or nobody would be left.
static void call_objects(struct mind *mind, uint64_t number) {
    enum fuzz_kind kind = (enum fuzz_kind)pick(mind, FUZZ_KINDS);
    switch (number) {
    case CALL_space_create:
        make_object(mind, FUZZ_SPACE, number, pick(mind, 50), pick(mind, 8), 0, 0, 0);
        return;
    case CALL_thread_create:
        make_object(mind, FUZZ_THREAD, number, pick(mind, 2) == 0 ? 0 : any_handle(mind, FUZZ_SPACE),
                    pick(mind, 2) == 0 ? (uint64_t)call_for_ever : any_va(mind), any_va(mind), any_word(mind),
                    pick(mind, OS_PRIORITY));
        return;
    case CALL_port_create:
        make_object(mind, FUZZ_PORT, number, 0, 0, 0, 0, 0);
        return;
    case CALL_mint:
        make_object(mind, kind, number, any_handle(mind, kind), pick(mind, 64), pick(mind, 2) == 0 ? 0 : any_word(mind),
                    0, 0);
        return;
    case CALL_give:
        make(mind, number, any_handle(mind, FUZZ_SPACE), any_handle(mind, kind),
             pick(mind, 2) == 0 ? 0 : pick(mind, FUZZ_HANDLES), 0, 0, 0, 0, 0);
        return;
    case CALL_close:
    case CALL_destroy:
        if (pick(mind, 4) == 0 || (seldom(mind) && seldom(mind)))
            make(mind, number, mind->handles[kind][pick(mind, FUZZ_RECENT)], 0, 0, 0, 0, 0, 0, 0);
        return;
    default:
        call_control(mind, number);
    }
}

static void call_rest(struct mind *mind, uint64_t number) {
    switch (number) {
    case CALL_notify:
        make(mind, number, any_handle(mind, FUZZ_PORT), any_word(mind), 0, 0, 0, 0, 0, 0);
        return;
    case CALL_timer:
        make(mind, number, any_handle(mind, FUZZ_PORT), any_word(mind), os_after(pick(mind, 2000)), 0, 0, 0, 0, 0);
        return;
    case CALL_upcall:
        if (seldom(mind)) make(mind, number, any_va(mind), any_va(mind), any_va(mind), 0, 0, 0, 0, 0);
        return;
    default: // resume; the machine's; what is no call of the kernel's
        if (pick(mind, 8) == 0)
            make(mind, number, any_handle(mind, FUZZ_PORT), any_va(mind), any_va(mind), any_pages(mind), any_word(mind),
                 any_word(mind), any_word(mind), any_word(mind));
    }
}

static void touch(struct mind *mind) {
    volatile uint64_t *word = (volatile uint64_t *)(any_va(mind) & ~7ul);
    if (pick(mind, 2) == 0)
        *word = mind->random;
    else
        (void)*word;
}

static void act(struct mind *mind) {
    if (pick(mind, 8) == 0) {
        touch(mind);
        return;
    }
    uint64_t number = pick(mind, CALL_COUNT + 1);
    if (number >= CALL_call && number <= CALL_reply_recv)
        call_messages(mind, number);
    else if (number == CALL_batch)
        call_batch(mind);
    else if (number >= CALL_alloc && number <= CALL_query)
        call_memory(mind, number);
    else if (number >= CALL_space_create && number <= CALL_destroy)
        call_objects(mind, number);
    else
        call_rest(mind, number);
}

// Whatever it was, go on behind it; sometimes bring the page.
static void go_on(struct upcall_registers *interrupted, struct os_fault *fault) {
    uint64_t access = FAULT_ACCESS(TAG_LABEL(fault->message.tag));
    uint64_t address = fault->message.word[1] & ~UINT64_C(4095);
    if (access == FAULT_CALL) return;
    interrupted->x[A0] = UINT64_MAX;
    if (access == FAULT_EXECUTE)
        interrupted->pc = interrupted->x[RETURN_ADDRESS];
    else if (access <= FAULT_WRITE && (address & 0x1000) != 0 && os_alloc(address, 1, 3, 0, 0).status == STATUS_OK)
        return;
    else
        interrupted->pc += (*(const uint16_t *)interrupted->pc & 3) == 3 ? 4 : 2;
}

static void live(uint64_t number) {
    struct mind *mind = &minds[number];
    if (os_handler_set(go_on) != STATUS_OK) return;
    for (;;) act(mind);
}

// Who has made no call for a while is stopped, which ends its wait, and started again.
static void keep_going(uint64_t which) {
    uint64_t last[FUZZ_THREADS] = {0}, port = os_port_create().value;
    os_handler_set(go_on);
    for (;;) {
        os_timer(port, 1, os_after(PATIENCE));
        if (os_recv(port, 0).status != STATUS_OK) port = os_port_create().value;
        for (uint64_t i = 0; i < FUZZ_THREADS; i++) {
            uint64_t calls = fuzz_shared.calls[slot_of(which, i)];
            if (calls == last[i]) {
                os_stop(threads[i]);
                os_thread_control(threads[i], THREAD_START, 0);
            }
            last[i] = calls;
        }
    }
}

static void introduce(void) {
    uint64_t copy = os_mint(first_port, HANDLE_SEND | HANDLE_NOTIFY | HANDLE_PASS, 5).value;
    os_call(OS_CHILD_PORT, TAG_HANDLE, 0, 0, 0, 0, copy);
    os_close(copy);
}

void fuzz_run(uint64_t which) {
    first_port = os_port_create().value;
    if (which == 0) introduce();
    for (uint64_t i = 0; i < FUZZ_THREADS; i++) {
        minds[i] = (struct mind){.random = fuzz_shared.seed * 64 + which * 8 + i, .number = i, .which = which};
        for (unsigned n = 0; n < FUZZ_RECENT / 2; n++) learn_handle(&minds[i], FUZZ_PORT, first_port);
        learn_handle(&minds[i], FUZZ_SPACE, FUZZ_OTHER_SPACE);
        learn_handle(&minds[i], FUZZ_THREAD, FUZZ_OTHER_THREAD);
    }
    for (uint64_t i = 0; i < FUZZ_THREADS; i++) {
        struct os_thread *thread = os_thread_run(live, i, OS_PRIORITY - 1);
        threads[i] = thread != NULL ? thread->handle : 0;
    }
    keep_going(which);
}
