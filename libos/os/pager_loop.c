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

#define LIKELY(condition)   __builtin_expect((condition), 1)
#define UNLIKELY(condition) __builtin_expect((condition), 0)

enum { KINDS_MOST = 16, RETRIES_MOST = 100 };

static const struct pager_ops *kinds[KINDS_MOST];
static unsigned kind_count;
static uint64_t refused, own_port;

uint64_t pager_port(void) { return own_port; }

uint64_t loop_refused(void) { return refused; }

const struct pager_ops *loop_kind(uint64_t name) {
    for (unsigned i = 0; i < kind_count; i++) {
        if (pager_kind(kinds[i]->name) == name) return kinds[i];
    }
    return NULL;
}

bool pager_start(const struct pager_ops *const *wanted, unsigned count, uint64_t port) {
    own_port = port;
    refused = 0;
    if (count > KINDS_MOST) return false;
    for (kind_count = 0; kind_count < count; kind_count++) kinds[kind_count] = wanted[kind_count];
    parked_start();
    uint64_t pages = (PAGER_WINDOWS_END - PAGER_FRAMES) / SLOT_SIZE;
    return os_region(HANDLE_SELF, PAGER_FRAMES, pages, REGION_SELF, 0, 0, RIGHTS_ACCESS, 0).status == STATUS_OK &&
           clients_start() && frames_start() && objects_start();
}

// ---- a fault ----

static inline uint64_t instructions(void) {
    uint64_t count;
    __asm__ volatile("rdinstret %0" : "=r"(count));
    return count;
}

static __attribute__((noinline)) void note_slow(struct pager_object *object, uint64_t spent) {
    unsigned place = logarithm(spent / (PAGER_STEPS * PAGER_STEP));
    object->latency[PAGER_STEPS + (place < PAGER_STEPS_COARSE ? place : PAGER_STEPS_COARSE - 1)]++;
}

static inline void note(struct pager_object *object, enum pager_case what, uint64_t before) {
    object->cases[(int)what]++;
    uint64_t spent = instructions() - before;
    if (LIKELY(spent < PAGER_STEPS * PAGER_STEP))
        object->latency[spent / PAGER_STEP]++;
    else
        note_slow(object, spent);
}

enum pager_case pager_no_frame(struct pager_fault *fault) {
    if (evict_is_tired() && FAULT_RETRIES(fault->label) < RETRIES_MOST) return pager_retry(fault);
    refused++;
    return pager_fail(fault, PAGER_OUT_OF_MEMORY);
}

// What is not seen at a glance: a window, a page whose entry has no memory yet, or an error.
static enum pager_case look_closely(uint64_t offset, struct pager_fault *fault) {
    struct pager_object *object = fault->object;
    if (!object->seen) {
        object->seen = true;
        object_count(object, object->count);
    }
    if ((object->options & PAGER_WINDOW) != 0) fault->page = offset / SLOT_SIZE;
    if ((object->options & PAGER_STACK) != 0 && fault->page == UINT64_MAX / SLOT_SIZE)
        return pager_fail(fault, PAGER_STACK_OVERFLOW);
    if (fault->page >= object->count) return pager_fail(fault, PAGER_OUTSIDE);
    if ((object->allows >> fault->label % 64 & 1) == 0) return pager_fail(fault, PAGER_NO_RIGHT);
    bool backed = object_back(object, fault->page, fault->va) ||
                  (frames_make_room(object) && object_back(object, fault->page, fault->va));
    if (!backed) return pager_no_frame(fault);
    return object->fault(fault);
}

static __attribute__((noinline)) void resolve_slowly(struct pager_object *object, uint64_t space, uint64_t offset,
                                                     struct pager_fault *fault) {
    uint64_t before = instructions();
    fault->object = object != NULL && object->space == space ? object : NULL;
    if (fault->object == NULL) {
        pager_fail(fault, PAGER_NO_OBJECT);
        return;
    }
    fault->page = (fault->va - object->va) / SLOT_SIZE;
    enum pager_case what = look_closely(offset, fault);
    note(object, what, before);
}

static inline void resolve(uint64_t cookie, uint64_t space, uint64_t offset, struct pager_fault *fault,
                           uint64_t before) {
    struct pager_object *object = object_find(cookie);
    if (LIKELY(object != NULL && object->space == space)) {
        uint64_t page = (fault->va - object->va) / SLOT_SIZE;
        if (LIKELY(page < object->ready && (object->allows >> fault->label % 64 & 1) != 0)) {
            fault->object = object;
            fault->page = page;
            enum pager_case what = object->fault(fault);
            note(object, what, before);
            return;
        }
    }
    resolve_slowly(object, space, offset, fault);
}

void loop_resolve(uint64_t cookie, uint64_t space, uint64_t offset, struct pager_fault *fault) {
    resolve(cookie, space, offset, fault, instructions());
}

static uint64_t page_of(const struct pager_fault *fault) { return fault->va & ~(SLOT_SIZE - 1ul); }

// The kernel did not take the answer: a page there is no room for, or the region is not what it was.
static void answer_refused(uint64_t status, uint64_t token, struct pager_fault *fault) {
    uint64_t error = status == STATUS_NO_MEMORY ? PAGER_OUT_OF_MEMORY : PAGER_OUTSIDE;
    if (status == STATUS_GONE) return; // whoever waited does not any more
    if (fault->verdict == VERDICT_MAP) {
        // The client has no room for a page table: perhaps because of frames that it pays for.
        if (status == STATUS_NO_MEMORY) frames_make_room(fault->object);
        status = os_reply(token, VERDICT_MAP, fault->from, page_of(fault), 1, fault->rights, 0).status;
        if (status == STATUS_OK || status == STATUS_GONE) return;
        if (is_seen(fault->object))
            os_unmap(fault->object->space, page_of(fault), 1); // what it sees there is no more what its entry says
    }
    os_reply(token, VERDICT_FAIL, error, 0, 0, 0, 0); // of the first refusal: making room may have taken the very frame
}

void loop_answer(uint64_t token, uint64_t offset, struct pager_fault *fault) {
    if (fault->verdict == PAGER_NO_VERDICT && parked_add(token, offset, fault)) return;
    if (fault->verdict == PAGER_NO_VERDICT) pager_retry(fault);
    uint64_t status =
        os_reply(token, fault->verdict, fault->from, page_of(fault), fault->pages, fault->rights, 0).status;
    if (status != STATUS_OK) answer_refused(status, token, fault);
}

// ---- what comes next ----

uint64_t pager_ahead(const struct pager_fault *fault) {
    uint64_t below = fault->neighbours << (63 - fault->va / SLOT_SIZE % 64) << 1; // the highest bit: the page below
    const struct pager_object *object = fault->object;
    const uint32_t *entry = &object->entries[fault->page];
    uint64_t page = fault->page, end = (page | (ENTRIES_PER_PAGE - 1)) + 1, pages = 1;
    // Of the group of 64 pages before this one nothing is told, but the page just below may have an entry.
    if (fault->va / SLOT_SIZE % 64 == 0) below = page % ENTRIES_PER_PAGE != 0 && entry[-1] != 0 ? UINT64_MAX : 0;
    if ((int64_t)below >= 0 || (object->options & PAGER_WINDOW) != 0) return 1;
    uint64_t wanted = ~below >> 48 == 0 ? PAGER_BLOCK : ~below >> 60 == 0 ? 8 : ~below >> 62 == 0 ? 4 : 2;
    end = object->ready < end ? object->ready : end;
    while (pages < wanted && page + pages < end && entry[pages] == *entry) pages++;
    return pages;
}

// ---- the other messages ----

static void answer_request(const struct message *message) {
    struct pager_request request = {.label = TAG_LABEL(message->tag),
                                    .client = message->badge & UINT32_MAX,
                                    .heir = message->badge >> PAGER_SECOND_SHIFT,
                                    .is_window = (message->badge & PAGER_COOKIE) != 0};
    memcpy(request.word, message->word, sizeof request.word);
    if ((message->tag & TAG_HANDLE) != 0) request.handle = message->handle;
    struct pager_answer answer = request_answer(&request);
    uint64_t tag = VERDICT_REPLY;
    if (answer.text != 0) tag |= TAG_TEXT | answer.text << TAG_TEXT_SHIFT;
    if (answer.handle != 0) tag |= TAG_HANDLE;
    uint64_t status = os_reply(message->token, tag, answer.error, answer.value, 0, 0, answer.handle).status;
    if (status != STATUS_OK && status != STATUS_GONE) { // whoever asked has no room for the window's handle
        if (answer.handle != 0) object_end(object_find(answer.value), true);
        os_reply(message->token, VERDICT_REPLY, PAGER_FULL, 0, 0, 0, 0);
    }
    if (answer.handle != 0) os_close(answer.handle);
    if (request.handle != 0 && !answer.took_handle) os_close(request.handle);
}

static void region_gone(const struct message *message) {
    struct pager_object *object = object_find(message->badge);
    if (object == NULL || object->space != message->word[0]) return;
    uint64_t va = message->word[1], end = va + message->word[3] * SLOT_SIZE;
    uint64_t last = object->va + object->pages * (uint64_t)SLOT_SIZE;
    va = va > object->va ? va : object->va;
    end = end < last ? end : last;
    if (va >= end) return;
    uint64_t pages = (end - va) / SLOT_SIZE;
    if (pages >= object->attached) {
        object_end(object, true);
        return;
    }
    object->attached -= (uint32_t)pages;
    object_drop(object, (va - object->va) / SLOT_SIZE, pages);
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

static __attribute__((noinline)) struct message serve_other(struct message message, uint64_t port) {
    answer_other(&message);
    return os_recv(port, 0);
}

// An answer that the kernel refused, or (STATUS_OK) one that is not to be given yet.
static __attribute__((noinline)) struct message go_on(uint64_t status, uint64_t token, uint64_t offset,
                                                      struct pager_fault *fault, uint64_t port) {
    if (status != STATUS_OK)
        answer_refused(status, token, fault);
    else
        loop_answer(token, offset, fault);
    return os_recv(port, 0);
}

void pager_serve(void) {
    const uint64_t port = own_port;
    struct message message = os_recv(port, 0);
    while (message.status == STATUS_OK) {
        if (UNLIKELY(TAG_KIND(message.tag) != MESSAGE_FAULT)) {
            message = serve_other(message, port);
            continue;
        }
        uint64_t before = instructions(), token = message.token, offset = message.word[2];
        struct pager_fault fault;
        fault.va = message.word[1];
        fault.label = TAG_LABEL(message.tag);
        fault.neighbours = message.word[4];
        resolve(message.badge, message.word[0], offset, &fault, before);
        if (UNLIKELY(fault.verdict == PAGER_NO_VERDICT)) {
            message = go_on(STATUS_OK, token, offset, &fault, port);
            continue;
        }
        message = os_reply_recv(token, fault.verdict, fault.from, page_of(&fault), fault.pages, fault.rights, 0, port);
        if (UNLIKELY(message.status != STATUS_OK)) message = go_on(message.status, token, offset, &fault, port);
    }
}
