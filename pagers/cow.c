// SPDX-License-Identifier: MIT
// cow: private data over what somebody else has: another pager, or who has a file, or the boot image.
//
//   entry      fault      then
//   none       any        the source is asked for the page, into our window; the fault waits       later
//   window     read       that very page, without the right to write                               source
//   window     write      a frame with the same content                                            copy
//   frame                 private.c
//
// The source is asked by the same message that faults come by, through a handle that came with attach. Each source has
// a thread that does nothing but ask it, so that a slow one, or one that never answers, keeps nobody else waiting. A
// source that lets its page not be passed on is copied at once.
#include <os/arena.h>
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

// What a source's thread is to ask for, and what came of it.
struct fetch {
    uint64_t cookie, page, offset, window;
    bool fetched;
};

// A page of its own.
struct source {
    uint64_t handle, objects, pages;
    struct os_thread *thread;        // NULL: nothing was asked yet
    uint64_t port;                   // where it waits
    uint64_t asked, answered, taken; // numbers of fetches; each is written by one thread only
    struct fetch fetch[QUEUE];
};

_Static_assert(sizeof(struct source) <= PAGE, "a page");

static struct source *sources[SOURCES];

static uint64_t index_of(const struct pager_object *object) { return object->word & UINT32_MAX; }

static struct source *source_of(const struct pager_object *object) { return sources[index_of(object)]; }

static uint64_t source_page(const struct pager_object *object, uint64_t page) { return page + (object->word >> 32); }

static uint64_t window_of(const struct pager_object *object, uint64_t page) {
    return PAGER_WINDOWS + (index_of(object) * WINDOW_PAGES + source_page(object, page)) * PAGE;
}

// ---- asking the source ----

static uint64_t state_of(uint64_t window) {
    os_query(0, window, 1);
    return *(const uint64_t *)os_self()->message;
}

static bool is_readable(uint64_t state) {
    return (state & PAGE_PRESENT) != 0 && (PAGE_GRANTED(state) & RIGHT_READ) != 0;
}

// A page that is in the window stays: the loop may be copying it. One that we cannot read does not.
static bool ask(uint64_t handle, const struct fetch *fetch) {
    uint64_t tag = MESSAGE_FAULT | (uint64_t)FAULT_READ << TAG_LABEL_SHIFT;
    if (is_readable(state_of(fetch->window))) return true;
    os_call(handle, tag, 0, fetch->window, fetch->offset, 1, 0);
    if (is_readable(state_of(fetch->window))) return true;
    pager_unmap(fetch->window, 1);
    return false;
}

static void ask_for_ever(uint64_t argument) {
    struct source *source = (struct source *)argument;
    for (;;) {
        while (source->answered != __atomic_load_n(&source->asked, __ATOMIC_ACQUIRE)) {
            struct fetch *fetch = &source->fetch[source->answered % QUEUE];
            fetch->fetched = ask(source->handle, fetch);
            __atomic_store_n(&source->answered, source->answered + 1, __ATOMIC_RELEASE);
            os_notify(pager_port(), FETCHED_BIT);
        }
        os_recv(source->port, 0);
    }
}

static bool start_thread(struct source *source) {
    struct result port = os_port_create();
    if (port.status != STATUS_OK) return false;
    source->port = port.value;
    for (uint64_t priority = OS_PRIORITY + 1; priority-- > 0;) { // no higher than our own
        source->thread = os_thread_run(ask_for_ever, (uint64_t)source, priority);
        if (source->thread != NULL) return true;
    }
    os_end(source->port);
    return false;
}

static uint32_t entry_of(const struct pager_object *object, uint64_t state) {
    uint64_t wanted = (object->rights & ~(uint64_t)RIGHT_WRITE) | RIGHT_SHARE;
    return ENTRY_WINDOW | ((~PAGE_GRANTED(state) & wanted) == 0 ? 0 : ENTRY_ALONE);
}

static void take_in(struct pager_object *object, uint64_t page, bool fetched) {
    object->entries[page] = fetched ? entry_of(object, state_of(window_of(object, page))) : ENTRY_FAILED;
}

// Pages from this one on that are in the window, because others of the source's objects have them. => the first is
static bool find_others(struct pager_object *object, uint64_t page) {
    const uint64_t *states = os_self()->message;
    uint64_t row = pager_row(object, page), pages = 0;
    if (source_of(object)->objects == 1) return false;
    uint64_t told = os_query(0, window_of(object, page), row < PAGER_BLOCK ? row : PAGER_BLOCK).value;
    for (; pages < told && is_readable(states[pages]); pages++) {
        if (object->entries[page + pages] == 0) object->entries[page + pages] = entry_of(object, states[pages]);
    }
    return pages != 0;
}

static void take_answers(struct source *source) {
    for (; source->taken != __atomic_load_n(&source->answered, __ATOMIC_ACQUIRE); source->taken++) {
        struct fetch fetch = source->fetch[source->taken % QUEUE];
        struct pager_object *object = pager_find(fetch.cookie);
        if (object == NULL) continue;
        if (object->entries[fetch.page] == ENTRY_ASKED) take_in(object, fetch.page, fetch.fetched);
        pager_ready(object, fetch.page); // who waits for a page that was discarded meanwhile has it fetched again
    }
}

static void wake(uint64_t bits) {
    if ((bits & FETCHED_BIT) == 0) return;
    for (uint64_t i = 0; i < SOURCES; i++) {
        if (sources[i] != NULL) take_answers(sources[i]);
    }
}

static void fetch_page(struct pager_object *object, uint64_t page) {
    struct source *source = source_of(object);
    struct fetch fetch = {.cookie = object->cookie,
                          .page = page,
                          .offset = source_page(object, page) * PAGE,
                          .window = window_of(object, page)};
    if (object->here) {
        take_in(object, page, ask(source->handle, &fetch));
    } else if (source->thread == NULL && !start_thread(source)) {
        object->entries[page] = ENTRY_FAILED;
    } else if (source->asked - source->taken < QUEUE) { // else: when some have been answered
        object->entries[page] = ENTRY_ASKED;
        source->fetch[source->asked % QUEUE] = fetch;
        __atomic_store_n(&source->asked, source->asked + 1, __ATOMIC_RELEASE);
        os_notify(source->port, 1);
    }
}

// ---- the kind ----

static struct pager_verdict copy_window(struct pager_object *object, uint64_t page, uint64_t label) {
    if (pager_fill(object, page, 1, false) == 0) return pager_no_frame(object, page, label);
    uint64_t own = pager_frame_va(object->entries[page]);
    pager_copy(own, window_of(object, page));
    return pager_map(object, own, 1, PAGER_CASE_copy);
}

static struct pager_verdict fault_cow(struct pager_object *object, uint64_t page, uint64_t label, uint64_t neighbours) {
    uint32_t *entry = &object->entries[page];
    if ((*entry & (ENTRY_FRAME | ENTRY_STORED)) != 0) return private_fault(object, page, label, *entry);
    if (*entry == 0 && !find_others(object, page)) fetch_page(object, page);
    if (*entry == 0) return pager_retry(object);
    if (*entry == ENTRY_ASKED) return pager_later(object, page, label, neighbours);
    if (*entry == ENTRY_FAILED) {
        *entry = 0;
        return pager_fail(object, PAGER_SOURCE_FAILED);
    }
    if (pager_is_write(label) || (*entry & ENTRY_ALONE) != 0) return copy_window(object, page, label);
    uint64_t pages = 1, row = pager_row(object, page);
    while (pages < row && pages < PAGER_BLOCK && entry[pages] == ENTRY_WINDOW) pages++;
    return pager_map_to_read(object, window_of(object, page), pages, PAGER_CASE_source);
}

static enum pager_error attach(struct pager_object *object, uint64_t handle) {
    if (handle == 0 || object->pages > WINDOW_PAGES) return PAGER_BAD_ARGUMENT;
    uint64_t index = 0;
    while (index < SOURCES && sources[index] != NULL) index++;
    if (index == SOURCES) return PAGER_FULL;
    struct source *source = (struct source *)os_pages_take(1);
    if (source == NULL) return PAGER_OUT_OF_MEMORY;
    source->handle = handle;
    source->objects = 1;
    source->pages = object->pages;
    sources[index] = source;
    object->word = index;
    return PAGER_OK;
}

static void detach(struct pager_object *object) {
    struct source *source = source_of(object);
    if (--source->objects != 0) return;
    if (source->thread != NULL) {
        os_thread_kill(source->thread);
        os_end(source->port);
    }
    pager_unmap(PAGER_WINDOWS + index_of(object) * WINDOW_PAGES * PAGE, source->pages);
    os_close(source->handle);
    sources[index_of(object)] = NULL;
    os_pages_give((uint64_t)source, 1);
}

static bool fork(const struct pager_object *parent, uint64_t first, struct pager_object *child) {
    child->word = parent->word + (first << 32);
    source_of(child)->objects++;
    return true;
}

// Without an entry it would be asked for again: a page of zeros is one that is stored nowhere.
static uint32_t evict(struct pager_object *object, uint64_t page, uint32_t entry, bool dirty) {
    uint32_t kept = private_evict(object, page, entry, dirty);
    return kept == 0 ? ENTRY_STORED : kept;
}

const struct pager_ops kind_cow = {
    .name = "cow",
    .attach = attach,
    .fault = fault_cow,
    .detach = detach,
    .fork = fork,
    .evict = evict,
    .stored = true,
    .wake = wake,
};
