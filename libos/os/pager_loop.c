// SPDX-License-Identifier: MIT
// A host's loop: one message, one answer, one system call.
//
//   a fault      the object of its cookie, the right that it needs, the page's entry; then its kind says what to map
//   a request    pager_requests.c
//   DETACHED     the pages of a region that went away are let go of
//   NOTIFY       the kinds are told; what they waited for is asked again
#include "pager_loop.h"

#include <os/ranges.h>
#include <os/threads.h>
#include <stddef.h>

#include "pager_evict.h"
#include "pager_frames.h"
#include "pager_objects.h"
#include "pager_parked.h"
#include "pager_requests.h"
#include "string.h"

enum { KINDS_MOST = 16, LATENCY_SHIFT = 4, LATENCY_FAST = 128, RETRIES_MOST = 100 };

static const struct pager_ops *kinds[KINDS_MOST];
static unsigned kind_count;
static uint64_t refused;
static uint64_t own_port;
static uint8_t logarithms[LATENCY_FAST]; // of n << LATENCY_SHIFT

uint64_t pager_port(void) { return own_port; }

uint64_t loop_refused(void) { return refused; }

const struct pager_ops *loop_kind(uint64_t name) {
    for (unsigned i = 0; i < kind_count; i++) {
        if (pager_kind(kinds[i]->name) == name) return kinds[i];
    }
    return NULL;
}

static unsigned logarithm(uint64_t value) {
    unsigned result = 0;
    while (value >>= 1) result++;
    return result < PAGER_LATENCIES ? result : PAGER_LATENCIES - 1;
}

bool pager_start(const struct pager_ops *const *wanted, unsigned count, uint64_t port) {
    own_port = port;
    if (count > KINDS_MOST) return false;
    for (kind_count = 0; kind_count < count; kind_count++) kinds[kind_count] = wanted[kind_count];
    for (unsigned i = 0; i < LATENCY_FAST; i++)
        logarithms[i] = (uint8_t)logarithm((uint64_t)i << LATENCY_SHIFT | ((1 << LATENCY_SHIFT) - 1));
    refused = 0;
    parked_start();
    uint64_t pages = (PAGER_WINDOWS_END - PAGER_FRAMES) / SLOT_SIZE;
    return os_region(HANDLE_SELF, PAGER_FRAMES, pages, REGION_SELF, 0, 0, RIGHTS_ACCESS, 0).status == STATUS_OK &&
           frames_start() && objects_start();
}

// ---- a fault ----

static __attribute__((noinline)) enum pager_case refuse(struct pager_object *object, uint64_t page,
                                                        struct pager_fault *fault) {
    fault->object = object;
    if (object == NULL) return pager_fail(fault, PAGER_NO_OBJECT);
    if (page < object->first) return pager_fail(fault, PAGER_STACK_OVERFLOW);
    return pager_fail(fault, page - object->first >= object->count ? PAGER_OUTSIDE : PAGER_NO_RIGHT);
}

enum pager_case pager_no_frame(struct pager_fault *fault) {
    if (evict_is_tired() && FAULT_RETRIES(fault->label) < RETRIES_MOST) return pager_retry(fault);
    refused++;
    return pager_fail(fault, PAGER_OUT_OF_MEMORY);
}

static inline enum pager_case resolve(uint64_t cookie, uint64_t space, uint64_t offset, uint64_t va, uint64_t label,
                                      uint64_t neighbours, struct pager_fault *fault) {
    struct pager_object *object = object_find(cookie);
    uint64_t page = offset / SLOT_SIZE;
    if (object == NULL || object->space != space || (object->va + offset) / SLOT_SIZE != va / SLOT_SIZE)
        return refuse(NULL, page, fault);
    if (page - object->first >= object->count || (object->rights >> FAULT_ACCESS(label) & 1) == 0)
        return refuse(object, page, fault);
    fault->object = object;
    fault->page = page;
    fault->label = label;
    fault->neighbours = neighbours;
    if (!is_backed(object, page) && !object_back(object, page, va)) return pager_no_frame(fault);
    return object->ops->fault(fault);
}

static inline uint64_t instructions(void) {
    uint64_t count;
    __asm__ volatile("rdinstret %0" : "=r"(count));
    return count;
}

static inline void note(struct pager_object *object, enum pager_case what, uint64_t before) {
    object->cases[what]++;
    uint64_t spent = instructions() - before, step = spent >> LATENCY_SHIFT;
    object->latency[step < LATENCY_FAST ? logarithms[step] : logarithm(spent)]++;
}

enum pager_case loop_resolve(const struct message *message, struct pager_fault *fault) {
    uint64_t before = instructions();
    enum pager_case what = resolve(message->badge, message->word[0], message->word[2], message->word[1],
                                   TAG_LABEL(message->tag), message->word[4], fault);
    if (fault->object != NULL) note(fault->object, what, before);
    return what;
}

// The kernel did not take the answer: a page there is no room for, or the region is not what it was.
static void answer_refused(uint64_t status, const struct message *message, struct pager_fault *fault) {
    uint64_t va = message->word[1] & ~(SLOT_SIZE - 1ul);
    if (status == STATUS_GONE) return; // whoever waited does not any more
    if (status == STATUS_NO_MEMORY && fault->object != NULL) purse_shrink(fault->object->purse);
    if (fault->verdict == VERDICT_MAP || fault->verdict == VERDICT_UNPROT) {
        status = os_reply(message->token, VERDICT_MAP, fault->from, va, 1, fault->rights, 0).status;
        if (status == STATUS_OK || status == STATUS_GONE) return;
        // What it sees there is no more what its entry says.
        os_unmap(message->word[0], va, 1);
    }
    os_reply(message->token, VERDICT_FAIL, status == STATUS_NO_MEMORY ? PAGER_OUT_OF_MEMORY : PAGER_OUTSIDE, 0, 0, 0,
             0);
}

void loop_answer(const struct message *message, enum pager_case what, struct pager_fault *fault) {
    if (what == PAGER_CASE_later && fault->verdict == PAGER_NO_VERDICT && parked_add(message, fault)) return;
    if (fault->verdict == PAGER_NO_VERDICT) fault->verdict = VERDICT_RETRY;
    uint64_t status = os_reply(message->token, fault->verdict, fault->from, message->word[1] & ~(SLOT_SIZE - 1ul),
                               fault->pages, fault->rights, 0)
                          .status;
    if (status != STATUS_OK) answer_refused(status, message, fault);
}

// ---- what comes next ----

uint64_t pager_ahead(const struct pager_fault *fault) {
    const struct pager_object *object = fault->object;
    uint64_t page = fault->page, place = (object->va / SLOT_SIZE + page) % 64;
    uint64_t below = fault->neighbours << (63 - place) << 1; // the highest bit is the page just below
    if (place == 0 && page % ENTRIES_PER_PAGE != 0 && object->entries[page - 1] != 0) below = UINT64_MAX;
    if ((int64_t)below >= 0 || (object->options & PAGER_WINDOW) != 0) return 1;
    uint64_t wanted = ~below >> 48 == 0 ? PAGER_BLOCK : ~below >> 60 == 0 ? 8 : ~below >> 62 == 0 ? 4 : 2;
    uint64_t end = object->first + object->count, part = (page | (ENTRIES_PER_PAGE - 1)) + 1, pages = 1;
    end = end < part ? end : part;
    const uint32_t *entry = &object->entries[page];
    while (pages < wanted && page + pages < end && entry[pages] == *entry) pages++;
    return pages;
}

// ---- the other messages ----

static void answer_request(const struct message *message) {
    struct pager_request request = {.label = TAG_LABEL(message->tag), .client = message->badge};
    if ((message->badge & PAGER_COOKIE) == 0) {
        request.client = message->badge & UINT32_MAX;
        request.heir = message->badge >> PAGER_SECOND_SHIFT;
    }
    memcpy(request.word, message->word, sizeof request.word);
    if ((message->tag & TAG_HANDLE) != 0) request.handle = message->handle;
    struct pager_answer answer = request_answer(&request);
    uint64_t tag = VERDICT_REPLY;
    if (answer.text != 0) tag |= TAG_TEXT | answer.text << TAG_TEXT_SHIFT;
    if (answer.handle != 0) tag |= TAG_HANDLE;
    os_reply(message->token, tag, answer.error, answer.value, 0, 0, answer.handle);
    if (answer.handle != 0) os_close(answer.handle);
    if (request.handle != 0 && !answer.took_handle) os_close(request.handle);
}

static void region_gone(const struct message *message) {
    struct pager_object *object = object_find(message->badge);
    uint64_t page = message->word[2] / SLOT_SIZE, pages = message->word[3];
    if (object == NULL || object->space != message->word[0] || page >= object->pages ||
        object->va + message->word[2] != message->word[1])
        return;
    if (pages > object->pages - page) pages = object->pages - page;
    if (pages >= object->attached) {
        object_end(object, true);
        return;
    }
    object->attached -= (uint32_t)pages;
    object_drop(object, page, pages);
}

static void answer_other(const struct message *message) {
    switch (TAG_KIND(message->tag)) {
    case MESSAGE_CALL:
        answer_request(message);
        break;
    case MESSAGE_DETACHED:
        region_gone(message);
        break;
    case MESSAGE_NOTIFY:
        for (unsigned i = 0; i < kind_count; i++) {
            if (kinds[i]->wake != NULL) kinds[i]->wake(message->word[0]);
        }
        break;
    default:
        break;
    }
}

static __attribute__((noinline)) struct message go_on(uint64_t status, struct message message, enum pager_case what,
                                                      struct pager_fault *fault, uint64_t port) {
    if (status != STATUS_OK)
        answer_refused(status, &message, fault);
    else
        loop_answer(&message, what, fault);
    return os_recv(port, 0);
}

static __attribute__((noinline)) struct message serve_other(struct message message, uint64_t port) {
    answer_other(&message);
    return os_recv(port, 0);
}

void pager_serve(void) {
    uint64_t port = own_port;
    struct message message = os_recv(port, 0);
    while (message.status == STATUS_OK) {
        if (TAG_KIND(message.tag) != MESSAGE_FAULT) {
            message = serve_other(message, port);
            continue;
        }
        struct pager_fault fault;
        uint64_t before = instructions(), va = message.word[1];
        enum pager_case what = resolve(message.badge, message.word[0], message.word[2], va, TAG_LABEL(message.tag),
                                       message.word[4], &fault);
        if (fault.object != NULL) note(fault.object, what, before);
        if (fault.verdict == PAGER_NO_VERDICT) {
            message = go_on(STATUS_OK, message, what, &fault, port);
            continue;
        }
        struct message next = os_reply_recv(message.token, fault.verdict, fault.from, va & ~(SLOT_SIZE - 1ul),
                                            fault.pages, fault.rights, 0, port);
        if (next.status != STATUS_OK) next = go_on(next.status, message, what, &fault, port);
        message = next;
    }
}
