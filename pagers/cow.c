// SPDX-License-Identifier: MIT
// cow: private data over what somebody else has: another pager, or who has a file, or the boot image.
//
//   entry      fault      then
//   none       any        the source is asked for the page, into our window; the fault waits       later
//   window     read       that very page, without the right to write                               source
//   window     write      a frame with the same content                                            copy
//   frame                 private.c
//
// The source is asked by the same message that faults come by, through a handle that came with attach. A second thread
// asks, so that nobody else waits for a slow source. A source that lets its page not be passed on is copied at once.
#include <os/handles.h>
#include <os/threads.h>

#include "kinds.h"
#include "private.h"

#include <stddef.h>

enum {
    SOURCES = 256,
    QUEUE = 64,
    WINDOW_PAGES = 131072,
    PAGE = 4096,
};

// Entries without a frame.
#define ENTRY_WINDOW 4u  // the page is in our window
#define ENTRY_ASKED  8u  // it is being fetched
#define ENTRY_FAILED 16u // it could not be
#define ENTRY_ALONE  32u // with ENTRY_WINDOW: it cannot be passed on
#define FETCHED_BIT  (UINT64_C(1) << 48)

static struct source { uint64_t handle, objects, pages; } sources[SOURCES];

// What the second thread is to ask for, and what came of it.
static struct fetch {
    uint64_t cookie, page, handle, offset, window;
    bool fetched;
} fetches[QUEUE];
static uint64_t asked, answered, taken; // numbers of fetches; each is written by one thread only
static uint64_t fetch_port;

static uint64_t source_of(const struct pager_object *object) { return object->word & UINT32_MAX; }

static uint64_t source_page(const struct pager_object *object, uint64_t page) { return page + (object->word >> 32); }

static uint64_t window_of(const struct pager_object *object, uint64_t page) {
    return PAGER_WINDOWS + (source_of(object) * WINDOW_PAGES + source_page(object, page)) * PAGE;
}

// ---- asking the source ----

static bool ask(const struct fetch *fetch) {
    uint64_t tag = MESSAGE_FAULT | (uint64_t)FAULT_READ << TAG_LABEL_SHIFT;
    struct message answer = os_call(fetch->handle, tag, 0, fetch->window, fetch->offset, 1, 0);
    return answer.status == STATUS_OK && TAG_KIND(answer.tag) == VERDICT_MAP;
}

static void fetch_for_ever(uint64_t port) {
    for (;;) {
        while (answered != __atomic_load_n(&asked, __ATOMIC_ACQUIRE)) {
            struct fetch *fetch = &fetches[answered % QUEUE];
            fetch->fetched = ask(fetch);
            __atomic_store_n(&answered, answered + 1, __ATOMIC_RELEASE);
            os_notify(port, FETCHED_BIT);
        }
        os_recv(fetch_port, 0);
    }
}

static bool start_thread(void) {
    if (fetch_port != 0) return true;
    struct result port = os_port_create();
    if (port.status != STATUS_OK) return false;
    fetch_port = port.value;
    for (uint64_t priority = OS_PRIORITY + 1; priority-- > 0;) { // no higher than our own
        if (os_thread_run(fetch_for_ever, pager_port(), priority) != NULL) return true;
    }
    os_end(fetch_port);
    fetch_port = 0;
    return false;
}

static void take_in(struct pager_object *object, uint64_t page, bool fetched) {
    os_query(0, window_of(object, page), 1);
    uint64_t state = *(const uint64_t *)os_self()->message, wanted = object->rights & ~(uint64_t)RIGHT_WRITE;
    bool passes = (~PAGE_GRANTED(state) & (wanted | RIGHT_SHARE)) == 0;
    if (!fetched || (state & PAGE_PRESENT) == 0)
        object->entries[page] = ENTRY_FAILED;
    else
        object->entries[page] = ENTRY_WINDOW | (passes ? 0 : ENTRY_ALONE);
}

static void wake(uint64_t bits) {
    if ((bits & FETCHED_BIT) == 0) return;
    for (; taken != __atomic_load_n(&answered, __ATOMIC_ACQUIRE); taken++) {
        struct fetch fetch = fetches[taken % QUEUE];
        struct pager_object *object = pager_find(fetch.cookie);
        if (object == NULL || object->entries[fetch.page] != ENTRY_ASKED) continue;
        take_in(object, fetch.page, fetch.fetched);
        pager_ready(object, fetch.page);
    }
}

// => false: too much is being fetched already
static bool fetch_page(struct pager_object *object, uint64_t page) {
    struct fetch fetch = {.cookie = object->cookie,
                          .page = page,
                          .handle = sources[source_of(object)].handle,
                          .offset = source_page(object, page) * PAGE,
                          .window = window_of(object, page)};
    if (object->here) {
        take_in(object, page, ask(&fetch));
        return true;
    }
    if (asked - taken == QUEUE) return false;
    object->entries[page] = ENTRY_ASKED;
    fetches[asked % QUEUE] = fetch;
    __atomic_store_n(&asked, asked + 1, __ATOMIC_RELEASE);
    os_notify(fetch_port, 1);
    return true;
}

// ---- the kind ----

static enum pager_case copy_window(struct pager_fault *fault) {
    struct pager_object *object = fault->object;
    if (pager_fill(fault, 1, false) == 0) return pager_no_frame(fault);
    uint64_t own = pager_frame_va(object->entries[fault->page]);
    pager_copy(own, window_of(object, fault->page));
    return pager_map(fault, own, 1, object->granted, PAGER_CASE_copy);
}

static enum pager_case fault_cow(struct pager_fault *fault) {
    struct pager_object *object = fault->object;
    uint32_t *entry = &object->entries[fault->page];
    if ((*entry & ENTRY_FRAME) != 0) return private_fault(fault, *entry);
    if (*entry == 0 && !fetch_page(object, fault->page)) return pager_retry(fault);
    if (*entry == ENTRY_ASKED) return pager_later(fault);
    if (*entry == ENTRY_FAILED) {
        *entry = 0;
        return pager_fail(fault, PAGER_SOURCE_FAILED);
    }
    if (pager_is_write(fault) || (*entry & ENTRY_ALONE) != 0) return copy_window(fault);
    return pager_map(fault, window_of(object, fault->page), 1, object->granted & ~(uint64_t)RIGHT_WRITE,
                     PAGER_CASE_source);
}

static enum pager_error attach(struct pager_object *object, uint64_t handle) {
    if (handle == 0 || object->pages > WINDOW_PAGES) return PAGER_BAD_ARGUMENT;
    if (!object->here && !start_thread()) return PAGER_OUT_OF_MEMORY;
    for (uint64_t i = 0; i < SOURCES; i++) {
        if (sources[i].objects != 0) continue;
        sources[i] = (struct source){handle, 1, object->pages};
        object->word = i;
        return PAGER_OK;
    }
    return PAGER_FULL;
}

static void detach(struct pager_object *object) {
    struct source *source = &sources[source_of(object)];
    if (--source->objects != 0) return;
    pager_unmap(PAGER_WINDOWS + source_of(object) * WINDOW_PAGES * PAGE, source->pages);
    os_close(source->handle);
}

static bool fork(const struct pager_object *parent, uint64_t first, struct pager_object *child) {
    child->word = parent->word + (first << 32);
    sources[source_of(child)].objects++;
    return true;
}

const struct pager_ops kind_cow = {
    .name = "cow",
    .attach = attach,
    .fault = fault_cow,
    .detach = detach,
    .fork = fork,
    .wake = wake,
};
