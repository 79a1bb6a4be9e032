// SPDX-License-Identifier: MIT
// A thread of the fuzzer: it calls, touches and faults at random, and goes on for as long as the kernel lets it.
#include "fuzz.h"

#include <os/arena.h>
#include <os/handlers.h>
#include <os/print.h>
#include <os/stubs.h>
#include <os/threads.h>
#include <os/time.h>

enum { RECENT = 16, HANDLES = 48, SELDOM = 400, RETURN_ADDRESS = 0, A0 = 9 };

// What a thread has come by: it is used again.
struct mind {
    uint64_t random, number, which;
    uint64_t tokens[RECENT];
    uint64_t handles[RECENT];
    unsigned next;
};

static struct mind minds[FUZZ_THREADS];

static uint64_t pick(struct mind *mind, uint64_t most)
{
    return fuzz_random(&mind->random) % most;
}

static bool seldom(struct mind *mind)
{
    return pick(mind, SELDOM) == 0;
}

static uint64_t any_word(struct mind *mind)
{
    uint64_t word = fuzz_random(&mind->random) << 33 ^ fuzz_random(&mind->random) << 11 ^ fuzz_random(&mind->random);
    return pick(mind, 2) == 0 ? word : word >> pick(mind, 64);
}

static uint64_t any_handle(struct mind *mind)
{
    switch (pick(mind, 8)) {
    case 0:
        return HANDLE_SELF;
    case 1:
        return pick(mind, FUZZ_OTHER_PORT + 1);
    case 2:
        return pick(mind, HANDLES);
    case 3:
        return seldom(mind) ? any_word(mind) : pick(mind, HANDLES);
    default:
        return mind->handles[pick(mind, RECENT)];
    }
}

static uint64_t any_va(struct mind *mind)
{
    static const uint64_t odd[] = {0,
                                   0x10000,
                                   START_MESSAGE_PAGE,
                                   OS_ARENA_START,
                                   0x3ffffff000,
                                   0x4000000000,
                                   UINT64_C(0xffffffc080000000),
                                   UINT64_C(0xffffffff80000000),
                                   UINT64_MAX - 4095};
    if (seldom(mind))
        return odd[pick(mind, sizeof odd / sizeof odd[0])];
    if (seldom(mind))
        return any_word(mind);
    uint64_t base = pick(mind, 3) == 0 ? FUZZ_PAGED : FUZZ_WINDOW;
    if (pick(mind, 16) == 0)
        base = (pick(mind, 8) + 32) << 24; // without a region, at first
    return base + pick(mind, FUZZ_PAGES) * OS_PAGE;
}

static uint64_t any_pages(struct mind *mind)
{
    static const uint64_t odd[] = {0, UINT64_C(1) << 63, UINT64_MAX, 513, 512, 1024, UINT64_C(1) << 52, 64};
    if (pick(mind, 40) == 0)
        return odd[pick(mind, sizeof odd / sizeof odd[0])];
    return 1 + pick(mind, pick(mind, 4) == 0 ? FUZZ_PAGES : 4);
}

static uint64_t any_space(struct mind *mind)
{
    switch (pick(mind, 16)) {
    case 0:
        return fuzz_shared.ids[mind->which];
    case 1:
        return any_word(mind);
    case 2:
    case 3:
    case 4:
    case 5:
    case 6:
    case 7:
        return fuzz_shared.ids[1];
    default:
        return 0;
    }
}

static uint64_t any_rights(struct mind *mind)
{
    return pick(mind, 20) == 0 ? any_word(mind) : pick(mind, 16);
}

static uint64_t any_tag(struct mind *mind)
{
    uint64_t tag = pick(mind, 8);
    if (pick(mind, 4) == 0)
        tag |= TAG_HANDLE;
    if (pick(mind, 4) == 0)
        tag |= TAG_TEXT | pick(mind, 5000) << TAG_TEXT_SHIFT;
    if (pick(mind, 4) == 0)
        tag |= any_word(mind) << TAG_LABEL_SHIFT;
    return tag;
}

static uint64_t any_token(struct mind *mind)
{
    return pick(mind, 10) == 0 ? any_word(mind) : mind->tokens[pick(mind, RECENT)];
}

static void learn(struct mind *mind, const struct message *message)
{
    mind->next = (mind->next + 1) % RECENT;
    mind->tokens[mind->next] = message->token;
    if ((message->tag & TAG_HANDLE) != 0)
        mind->handles[mind->next] = message->handle;
}

// Makes a call, and remembers what came of it.
static void make(struct mind *mind, uint64_t number, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                 uint64_t a5, uint64_t a6, uint64_t t0)
{
    struct message got = os_trap_message(number, a0, a1, a2, a3, a4, a5, a6, t0);
    uint64_t slot = mind->which * FUZZ_THREADS + mind->number;
    fuzz_shared.calls[slot]++;
    fuzz_shared.statuses[got.status < STATUS_COUNT ? got.status : FUZZ_MISUSE]++;
    bool receives = number == CALL_call || number == CALL_recv || number == CALL_reply_recv;
    if (receives && got.status == STATUS_OK)
        learn(mind, &got);
    bool creates = number == CALL_space_create || number == CALL_thread_create || number == CALL_port_create ||
                   number == CALL_mint || number == CALL_give;
    if (creates && got.status == STATUS_OK)
        mind->handles[pick(mind, RECENT)] = got.tag;
}

static void call_messages(struct mind *mind, uint64_t number)
{
    uint64_t flags = pick(mind, 50) == 0 ? 0 : RECV_POLL;
    if (number == CALL_recv)
        make(mind, number, any_handle(mind), flags, 0, 0, 0, 0, 0, 0);
    else if (number == CALL_call && pick(mind, 4) != 0)
        make(mind, CALL_notify, any_handle(mind), any_word(mind), 0, 0, 0, 0, 0, 0);
    else if (number == CALL_reply_recv && pick(mind, 8) != 0)
        make(mind, CALL_reply, any_token(mind), any_tag(mind) & ~7ul, any_va(mind), any_va(mind), any_pages(mind),
             any_rights(mind), any_handle(mind), 0);
    else
        make(mind, number, number == CALL_call ? any_handle(mind) : any_token(mind), any_tag(mind), any_va(mind),
             any_va(mind), any_pages(mind), any_rights(mind), any_handle(mind), any_handle(mind));
}

static void call_memory(struct mind *mind, uint64_t number)
{
    if (number == CALL_alloc)
        make(mind, number, any_va(mind), any_pages(mind), any_rights(mind), pick(mind, 4) == 0 ? any_space(mind) : 0,
             any_va(mind), 0, 0, 0);
    else if (number == CALL_map2)
        make(mind, number, any_va(mind), any_space(mind), any_va(mind), any_pages(mind), any_rights(mind), 0, 0, 0);
    else if (number == CALL_region)
        make(mind, number, any_handle(mind), any_va(mind), any_pages(mind),
             pick(mind, 3) == 0 ? REGION_SELF - pick(mind, 2) : any_handle(mind), any_word(mind), any_va(mind),
             any_rights(mind) | pick(mind, 1000) << REGION_DEADLINE_SHIFT, pick(mind, 3) == 0 ? any_handle(mind) : 0);
    else
        make(mind, number, any_space(mind), any_va(mind), any_pages(mind), any_rights(mind), 0, 0, 0, 0);
}

static void call_batch(struct mind *mind)
{
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
static void call_for_ever(void)
{
    for (;;)
        os_null();
}

// Calls that end threads and spaces come seldom, or nobody would be left.
static void call_objects(struct mind *mind, uint64_t number)
{
    switch (number) {
    case CALL_destroy:
        if (pick(mind, 20) == 0)
            make(mind, number, mind->handles[pick(mind, RECENT)], 0, 0, 0, 0, 0, 0, 0);
        else if (seldom(mind) && seldom(mind))
            make(mind, number, any_handle(mind), 0, 0, 0, 0, 0, 0, 0);
        return;
    case CALL_close:
        make(mind, number, mind->handles[pick(mind, RECENT)], 0, 0, 0, 0, 0, 0, 0);
        return;
    case CALL_space_create:
        make(mind, number, pick(mind, 50), pick(mind, 8), 0, 0, 0, 0, 0, 0);
        return;
    case CALL_thread_create:
        make(mind, number, any_handle(mind), pick(mind, 2) == 0 ? (uint64_t)call_for_ever : any_va(mind), any_va(mind),
             any_word(mind), pick(mind, 17), 0, 0, 0);
        return;
    case CALL_thread_control:
        make(mind, number, mind->handles[pick(mind, RECENT)], pick(mind, 7), any_va(mind), 0, 0, 0, 0, 0);
        return;
    case CALL_space_control:
        make(mind, number, any_handle(mind), pick(mind, 7), pick(mind, 2) == 0 ? any_handle(mind) : pick(mind, 20),
             any_word(mind), 0, 0, 0, 0);
        return;
    case CALL_give:
        make(mind, number, any_handle(mind), any_handle(mind), pick(mind, 2) == 0 ? 0 : pick(mind, HANDLES), 0, 0, 0, 0,
             0);
        return;
    default: // port_create, mint
        make(mind, number, any_handle(mind), pick(mind, 1024), any_word(mind), 0, 0, 0, 0, 0);
    }
}

static void call_rest(struct mind *mind, uint64_t number)
{
    switch (number) {
    case CALL_timer:
        make(mind, number, any_handle(mind), any_word(mind), os_after(pick(mind, 2000)), 0, 0, 0, 0, 0);
        return;
    case CALL_upcall:
        if (seldom(mind))
            make(mind, number, any_va(mind), any_va(mind), any_va(mind), 0, 0, 0, 0, 0);
        return;
    default:
        make(mind, number, any_handle(mind), any_va(mind), any_va(mind), any_pages(mind), any_word(mind),
             any_word(mind), any_word(mind), any_handle(mind));
    }
}

static void touch(struct mind *mind)
{
    volatile uint64_t *word = (volatile uint64_t *)(any_va(mind) & ~7ul);
    if (pick(mind, 2) == 0)
        *word = mind->random;
    else
        (void)*word;
}

static void act(struct mind *mind)
{
    if (pick(mind, 5) == 0) {
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

// Whatever it was, go on behind it.
static void go_on(struct upcall_registers *interrupted, struct os_fault *fault)
{
    uint64_t access = FAULT_ACCESS(TAG_LABEL(fault->message.tag));
    uint64_t address = fault->message.word[1] & ~UINT64_C(4095);
    interrupted->x[A0] = UINT64_MAX;
    if (access == FAULT_CALL)
        return;
    if (access == FAULT_EXECUTE)
        interrupted->pc = interrupted->x[RETURN_ADDRESS];
    else if (access <= FAULT_WRITE && (address & 0x1000) != 0 && os_alloc(address, 1, 3, 0, 0).status == STATUS_OK)
        return;
    else
        interrupted->pc += (*(const uint16_t *)interrupted->pc & 3) == 3 ? 4 : 2;
}

static void live(uint64_t number)
{
    struct mind *mind = &minds[number];
    if (os_handler_set(go_on) != STATUS_OK)
        return;
    for (;;)
        act(mind);
}

void fuzz_run(uint64_t which)
{
    for (uint64_t i = 0; i < FUZZ_THREADS; i++)
        minds[i] = (struct mind){.random = fuzz_shared.seed * 64 + which * 8 + i, .number = i, .which = which};
    if (which == 0) {
        uint64_t port = os_port_create().value,
                 copy = os_mint(port, HANDLE_SEND | HANDLE_NOTIFY | HANDLE_PASS, 5).value;
        for (uint64_t i = 0; i < FUZZ_THREADS; i++)
            minds[i].handles[0] = port;
        os_call(OS_CHILD_PORT, TAG_HANDLE, 0, 0, 0, 0, copy);
        os_close(copy);
    }
    for (uint64_t i = 1; i < FUZZ_THREADS; i++)
        os_thread_run(live, i, OS_PRIORITY);
    live(0);
}
