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
#include "pager_store.h"
#include "string.h"

#define LIKELY(condition)   __builtin_expect((condition), 1)
#define UNLIKELY(condition) __builtin_expect((condition), 0)
// It stays in a register; the compiler would compute it anew each time.
#define KEEP(value) __asm__("" : "+r"(value))

enum {
    KINDS_MOST = 16,
    RETRIES_MOST = 100,
    SAMPLED = 64, // of so many faults one's latency is noted
};

// Of a tag: what is MESSAGE_FAULT in a fault that is not a repeated one.
#define PLAIN ((uint64_t)0xff << FAULT_RETRIES_SHIFT << TAG_LABEL_SHIFT | 0xff)

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
           store_start() && clients_start() && frames_start() && objects_start();
}

// ---- a fault ----

static inline bool is_allowed(const struct pager_object *object, uint64_t label) {
    return (int64_t)(object->allows << label % 64) < 0;
}

static inline uint64_t instructions(void) {
    uint64_t count;
    __asm__ volatile("rdinstret %0" : "=r"(count));
    return count;
}

// Behind those that are ready: is it as ready as they are?
static bool is_ready(const struct pager_object *object, uint64_t page) {
    return object->seen && page < object->count && is_used(object, page);
}

// The page's grain is used from now on; and some behind it, where those before it are: who walks comes here seldom.
static void use_grain(struct pager_object *object, uint64_t page) {
    uint64_t size = UINT64_C(1) << object->grain, first = page, end = (page | (ENTRIES_PER_PAGE - 1)) + 1;
    if (is_used(object, page)) return;
    while (first >= size && is_used(object, first - size)) first -= size;
    uint64_t after = page + (page - first) + 1;
    if (end > object->pages) end = object->pages;
    object_use(object, page, (after < end ? after : end) - page);
}

static struct pager_verdict ask_and_note(struct pager_object *object, uint64_t page, uint64_t label,
                                         uint64_t neighbours) {
    uint64_t before = instructions();
    struct pager_verdict verdict = object->fault(object, page, label, neighbours);
    unsigned spent = logarithm(instructions() - before);
    object->latency[spent < PAGER_LATENCIES ? spent : PAGER_LATENCIES - 1]++;
    return verdict;
}

struct pager_verdict pager_no_frame(struct pager_object *object, uint64_t page, uint64_t label) {
    if (store_putting() > 0) return parked_wait(object, page, label);
    if (evict_is_tired() && FAULT_RETRIES(label) < RETRIES_MOST) return pager_retry(object);
    refused++;
    return pager_fail(object, PAGER_OUT_OF_MEMORY);
}

struct pager_verdict loop_ask(struct pager_object *object, uint64_t page, uint64_t label, uint64_t neighbours) {
    if (!object->seen) {
        object->seen = true;
        object_use(object, 0, 0);
    }
    if ((object->options & PAGER_STACK) != 0 && page == UINT64_MAX) return pager_fail(object, PAGER_STACK_OVERFLOW);
    if (page >= object->count) return pager_fail(object, PAGER_OUTSIDE);
    if (!is_allowed(object, label)) return pager_fail(object, PAGER_NO_RIGHT);
    uint64_t va = object->va + page * SLOT_SIZE;
    bool backed = object_back(object, page, va) || (frames_make_room(object) && object_back(object, page, va));
    if (!backed) return pager_no_frame(object, page, label);
    use_grain(object, page);
    return object->fault(object, page, label, neighbours);
}

// What the entry says is not what the client sees there; nor is it known whether that was written.
static void take_away(const struct pager_object *object, uint64_t va) {
    if (!is_seen(object)) return;
    uint32_t *entry = &object->entries[loop_page(object, va, 0)];
    os_unmap(object->space, va & ~(SLOT_SIZE - 1ul), 1);
    if (is_stored(object))
        place_suspect(object, loop_page(object, va, 0));
    else if ((*entry & ENTRY_FRAME) != 0)
        *entry |= ENTRY_DIRTY;
}

// The kernel did not take the answer: a page there is no room for, or the region is not what it was.
static void answer_refused(uint64_t status, uint64_t token, struct pager_object *object, uint64_t va,
                           struct pager_verdict verdict) {
    uint64_t error = status == STATUS_NO_MEMORY ? PAGER_OUT_OF_MEMORY : PAGER_OUTSIDE;
    if (status == STATUS_GONE) return; // whoever waited does not any more
    if (verdict_kind(verdict) == VERDICT_MAP) {
        // The client has no room for a page table: perhaps because of frames that it pays for.
        if (status == STATUS_NO_MEMORY) frames_make_room(object);
        status = os_reply(token, VERDICT_MAP, verdict_value(verdict), va, 1, verdict_rights(verdict), 0).status;
        if (status == STATUS_OK || status == STATUS_GONE) return;
        take_away(object, va);
    }
    os_reply(token, VERDICT_FAIL, error, 0, 0, 0, 0); // of the first refusal: making room may have taken the very frame
}

void loop_answer(uint64_t token, struct pager_object *object, uint64_t va, struct pager_verdict verdict) {
    uint64_t kind = verdict_kind(verdict);
    va &= ~(SLOT_SIZE - 1ul);
    if (kind == PAGER_NO_VERDICT && parked_add(token, va)) return;
    if (kind == PAGER_NO_VERDICT) kind = VERDICT_RETRY;
    // Who has a window reads the words.
    uint64_t pages = 0, rights = 0;
    if (kind == VERDICT_MAP) pages = verdict_pages(verdict), rights = verdict_rights(verdict);
    uint64_t status = os_reply(token, kind, verdict_value(verdict), va, pages, rights, 0).status;
    if (status != STATUS_OK) answer_refused(status, token, object, va, verdict);
}

// ---- what comes next ----

uint64_t pager_ahead(const struct pager_object *object, uint64_t page, uint64_t neighbours) {
    uint64_t place = (object->first + page) % 64;
    uint64_t below = neighbours << (63 - place) << 1; // the highest bit: the page below
    const uint32_t *entry = &object->entries[page];
    uint64_t end = (page | (ENTRIES_PER_PAGE - 1)) + 1, pages = 1;
    // Of the group of 64 pages before this one nothing is told, but the page just below may have an entry.
    if (place == 0) below = page % ENTRIES_PER_PAGE != 0 && entry[-1] != 0 ? UINT64_MAX : 0;
    if ((int64_t)below >= 0 || (object->options & PAGER_WINDOW) != 0) return 1;
    uint64_t wanted = ~below >> 48 == 0 ? PAGER_BLOCK : ~below >> 60 == 0 ? 8 : ~below >> 62 == 0 ? 4 : 2;
    uint64_t ready = page < object->ready ? object->ready : page + pager_row(object, page);
    end = ready < end ? ready : end;
    while (pages < wanted && page + pages < end && entry[pages] == *entry) pages++;
    return pages;
}

// ---- the other messages ----

// Is it for a kind, which answers it itself?
static bool take_request(const struct message *message) {
    if ((TAG_LABEL(message->tag) & ((1u << PAGER_OPTIONS_SHIFT) - 1)) < PAGER_CALLS ||
        (message->badge & PAGER_COOKIE) != 0)
        return false;
    for (unsigned i = 0; i < kind_count; i++) {
        if (kinds[i]->request != NULL && kinds[i]->request(message)) return true;
    }
    return false;
}

static void answer_request(const struct message *message) {
    if (take_request(message)) return;
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
    if (pages >= object->attached || object_is_nobodys(object)) {
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
        store_wake(message->word[0]);
        for (unsigned i = 0; i < kind_count; i++) {
            if (kinds[i]->wake != NULL) kinds[i]->wake(message->word[0]);
        }
        break;
    default:
        break;
    }
}

// ---- the loop ----

// A request, or a fault that is none of those below.
static __attribute__((noinline)) void serve_slowly(struct message message) {
    if (TAG_KIND(message.tag) != MESSAGE_FAULT) {
        answer_other(&message);
        return;
    }
    uint64_t va = message.word[1];
    struct pager_object *object = loop_object(message.badge, message.word[0]);
    struct pager_verdict verdict = loop_no_object();
    if (object != NULL)
        verdict = loop_ask(object, loop_page(object, va, message.word[2]), TAG_LABEL(message.tag), message.word[4]);
    loop_answer(message.token, object, va, verdict);
}

// The kernel did not take a MAP: after a RETRY the same fault comes the slow way.
static __attribute__((noinline)) void ask_again(uint64_t token, const struct pager_object *object, uint64_t va) {
    take_away(object, va);
    os_reply(token, VERDICT_RETRY, 0, 0, 0, 0, 0);
}

// What is most frequent is done here, in registers: a fault that is not a repeated one, on a page whose entry has
// memory, which its kind answers by MAP.
void pager_serve(void) {
    const uint64_t port = own_port;
    uint64_t left = 1, page_mask = VERDICT_FROM; // of addresses too
    KEEP(page_mask);
    struct message message = os_recv(port, 0);
    while (message.status == STATUS_OK) {
        const uint64_t token = message.token, va = message.word[1];
        struct pager_object *object = object_find(message.badge);
        if (UNLIKELY((message.tag & PLAIN) != MESSAGE_FAULT || object == NULL || object->space != message.word[0] ||
                     (va / SLOT_SIZE - object->first >= object->ready &&
                      !is_ready(object, va / SLOT_SIZE - object->first)) ||
                     !is_allowed(object, TAG_LABEL(message.tag)))) {
            const struct message copy = message;
            serve_slowly(copy);
            message = os_recv(port, 0);
            continue;
        }
        struct pager_verdict (*ask)(struct pager_object *, uint64_t, uint64_t, uint64_t) = object->fault;
        if (UNLIKELY(--left == 0)) {
            left = SAMPLED;
            ask = ask_and_note;
        }
        struct pager_verdict verdict =
            ask(object, va / SLOT_SIZE - object->first, TAG_LABEL(message.tag), message.word[4]);
        if (UNLIKELY(!verdict_maps(verdict))) {
            loop_answer(token, object, va, verdict);
            message = os_recv(port, 0);
            continue;
        }
        message = os_reply_recv(token, VERDICT_MAP, verdict.word & page_mask, va & page_mask, verdict_pages(verdict),
                                verdict_rights(verdict), os_any(), port);
        if (UNLIKELY(message.status != STATUS_OK)) {
            ask_again(token, object, va);
            message = os_recv(port, 0);
        }
    }
}
