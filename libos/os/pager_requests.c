// SPDX-License-Identifier: MIT
// What a pager is asked: each request is checked whole, for whoever sends it may be mistaken, or hostile.
#include "pager_requests.h"

#include <os/ranges.h>
#include <os/threads.h>
#include <stddef.h>

#include "pager_evict.h"
#include "pager_fork.h"
#include "pager_frames.h"
#include "pager_loop.h"
#include "pager_store.h"

#define USER_END (UINT64_C(1) << 38)

static struct pager_answer refuse(enum pager_error error) { return (struct pager_answer){.error = error}; }

static struct pager_answer answer(uint64_t value) { return (struct pager_answer){.error = PAGER_OK, .value = value}; }

static uint64_t lower_half(uint64_t word) { return word & UINT32_MAX; }

static uint64_t upper_half(uint64_t word) { return word >> PAGER_SECOND_SHIFT; }

// ---- who, and what ----

// The object of a cookie, if the asker may. => NULL, and why not
static struct pager_object *find(const struct pager_request *request, enum pager_error *error) {
    struct pager_object *object = object_find(request->word[0]);
    *error = object == NULL || object->here != request->here                     ? PAGER_NO_OBJECT
             : request->client != 0 && request->client != object->client->number ? PAGER_NOT_YOURS
                                                                                 : PAGER_OK;
    return *error == PAGER_OK ? object : NULL;
}

// For whom an object is made: an administrator may say; others are themselves, or ask for their heir.
static bool name_client(const struct pager_request *request, uint64_t said, uint64_t *client) {
    *client = said != 0 ? said : request->client;
    return request->client == 0 || *client == request->client || *client == request->heir;
}

static bool is_place(uint64_t va, uint64_t pages) {
    return va % SLOT_SIZE == 0 && pages > 0 && pages <= PAGER_PAGES_MOST && va < USER_END &&
           pages <= (USER_END - va) / SLOT_SIZE;
}

// The guard page of a stack, which the region has and the object has not.
static uint64_t guard(const struct pager_object *object) { return (object->options & PAGER_STACK) != 0 ? 1 : 0; }

// Pages of the region that are the object's.
static bool is_range(const struct pager_object *object, uint64_t first, uint64_t pages) {
    uint64_t end = object->pages + guard(object);
    return first >= guard(object) && first < end && pages > 0 && pages <= end - first;
}

static bool are_options(uint64_t options, uint64_t pages) {
    uint64_t access = options & (RIGHT_READ | RIGHT_WRITE);
    return (options & ~(uint64_t)PAGER_OPTIONS) == 0 && (options & RIGHTS_ACCESS) != 0 && access != RIGHT_WRITE &&
           ((options & PAGER_STACK) == 0 || (pages > 1 && (options & PAGER_EMPTY) == 0));
}

// ---- objects ----

static struct pager_answer attach(const struct pager_request *request) {
    struct object_plan plan = {.ops = loop_kind(request->word[0]),
                               .space = request->word[1],
                               .va = request->word[2],
                               .pages = lower_half(request->word[3]),
                               .options = request->label >> PAGER_OPTIONS_SHIFT,
                               .here = request->here};
    struct pager_object *object;
    if (plan.ops == NULL) return refuse(PAGER_NO_KIND);
    if (!name_client(request, upper_half(request->word[3]), &plan.client)) return refuse(PAGER_NOT_YOURS);
    if (!is_place(plan.va, plan.pages) || !are_options(plan.options, plan.pages) ||
        (plan.space == 0) != request->here ||
        (request->here && (plan.options & (PAGER_WINDOW | PAGER_CLIENT_PAYS)) != 0))
        return refuse(PAGER_BAD_ARGUMENT);
    enum pager_error error = object_make(&plan, &object);
    if (error != PAGER_OK) return refuse(error);
    error = plan.ops->attach == NULL ? PAGER_OK : plan.ops->attach(object, request->handle);
    if (error != PAGER_OK) {
        object_end(object, false);
        return refuse(error);
    }
    struct pager_answer made = answer(object->cookie);
    made.took_handle = plan.ops->attach != NULL;
    if ((plan.options & PAGER_WINDOW) == 0) return made;
    struct result minted = os_mint(pager_port(), HANDLE_SEND | HANDLE_PASS, object->cookie);
    made.handle = minted.value;
    if (minted.status == STATUS_OK) return made;
    object_end(object, true);
    return (struct pager_answer){.error = PAGER_FULL, .took_handle = made.took_handle};
}

enum pager_error pager_make(const struct pager_plan *wanted, struct pager_object **object) {
    const struct object_plan plan = {.ops = wanted->ops,
                                     .space = wanted->space,
                                     .va = wanted->va,
                                     .pages = wanted->pages,
                                     .options = wanted->options,
                                     .client = wanted->client};
    if (!is_place(plan.va, plan.pages) || !are_options(plan.options, plan.pages) || plan.space == 0)
        return PAGER_BAD_ARGUMENT;
    return object_make(&plan, object);
}

void pager_end(struct pager_object *object) { object_end(object, true); }

static struct pager_answer detach(struct pager_object *object, const struct pager_request *request) {
    (void)request;
    object_end(object, true);
    return answer(0);
}

static struct pager_answer fork(struct pager_object *parent, const struct pager_request *request) {
    uint64_t first = lower_half(request->word[3]), pages = upper_half(request->word[3]);
    if (pages == 0 && first == 0) pages = parent->pages + guard(parent);
    struct object_plan plan = {.ops = parent->ops,
                               .space = request->word[1],
                               .va = request->word[2],
                               .pages = pages,
                               .options = parent->options,
                               .here = request->here};
    struct pager_object *child;
    if (!name_client(request, request->word[4], &plan.client)) return refuse(PAGER_NOT_YOURS);
    bool whole = first == 0 && pages == parent->pages + guard(parent); // only that has its guard page
    if (!is_place(plan.va, pages) || !(whole || is_range(parent, first, pages)) || (plan.space == 0) != request->here)
        return refuse(PAGER_BAD_ARGUMENT);
    if (!whole) first -= guard(parent);
    if (!whole) plan.options &= ~(uint64_t)(PAGER_STACK | PAGER_EMPTY);
    enum pager_error error = fork_object(parent, first, &plan, &child);
    return error == PAGER_OK ? answer(child->cookie) : refuse(error);
}

static struct pager_answer resize(struct pager_object *object, const struct pager_request *request) {
    int64_t change = (int64_t)request->word[1], count = object->count, most = object->pages;
    if ((object->options & PAGER_STACK) != 0) return refuse(PAGER_UNSUPPORTED);
    if (change > most - count || change < -count) return refuse(PAGER_OUTSIDE);
    object_count(object, (uint64_t)(count + change));
    if (change < 0) {
        object_drop(object, object->count, (uint64_t)-change);
        // Where it was only read, the one zero frame is still to be seen.
        if (is_seen(object)) os_unmap_range(object->space, object->va + object->count * SLOT_SIZE, (uint64_t)-change);
    }
    return answer(object->count);
}

static struct pager_answer discard(struct pager_object *object, const struct pager_request *request) {
    if (!is_range(object, request->word[1], request->word[2])) return refuse(PAGER_OUTSIDE);
    object_drop(object, request->word[1] - guard(object), request->word[2]);
    return answer(0);
}

static struct pager_answer sync(struct pager_object *object, const struct pager_request *request) {
    if (!is_range(object, request->word[1], request->word[2])) return refuse(PAGER_OUTSIDE);
    if (object->ops->sync == NULL) return refuse(PAGER_UNSUPPORTED);
    return refuse(object->ops->sync(object, request->word[1] - guard(object), request->word[2]));
}

static struct pager_answer hint(struct pager_object *object, const struct pager_request *request) {
    if (!is_range(object, request->word[1], request->word[2])) return refuse(PAGER_OUTSIDE);
    if (request->word[3] > PAGER_HINT_NOT_NEEDED) return refuse(PAGER_BAD_ARGUMENT);
    if (object->ops->hint == NULL) return refuse(PAGER_UNSUPPORTED);
    return refuse(object->ops->hint(object, request->word[1] - guard(object), request->word[2],
                                    (enum pager_hint)request->word[3]));
}

// ---- counters ----

// What the kernel knows of pages that have entries.
static void count_states(const struct pager_object *object, struct pager_stat *stat) {
    const uint64_t *states = os_self()->message;
    uint64_t pages;
    if (!is_seen(object)) return;
    for (uint64_t page = object_used(object, 0, object->pages); page < object->pages;
         page = object_used(object, page + pages, object->pages)) {
        struct result result = os_query(object->space, object->va + page * SLOT_SIZE, object->pages - page);
        if (result.status == STATUS_GONE) break;
        for (uint64_t i = 0; i < result.value; i++) {
            stat->dirty += (states[i] & PAGE_DIRTY) != 0 ? 1 : 0;
            stat->withheld += PAGE_WITHHELD(states[i]) != 0 ? 1 : 0;
        }
        pages = result.value > 0 ? result.value : 1;
    }
}

static void count_frames(const struct pager_object *object, struct pager_stat *stat) {
    for (uint64_t page = object_used(object, 0, object->pages); page < object->pages;
         page = object_used(object, page + 1, object->pages)) {
        uint32_t entry = object->entries[page];
        stat->stored += (entry & ENTRY_STORED) != 0 ? 1 : 0;
        if ((entry & ENTRY_FRAME) == 0) continue;
        stat->resident++;
        stat->shared += pager_holders(entry) > 1 ? 1 : 0;
    }
}

static void add(struct pager_stat *stat, const struct pager_object *object) {
    stat->pages += object->count;
    count_frames(object, stat);
    count_states(object, stat);
    for (unsigned i = 0; i < PAGER_CASES; i++) stat->cases[i] += object->cases[i];
    for (unsigned i = 0; i < PAGER_LATENCIES; i++) stat->latency[i] += object->latency[i];
}

static struct pager_answer tell(struct pager_object *object, const struct pager_request *request) {
    struct pager_stat stat = {0};
    if (object != NULL) {
        stat.kind = pager_kind(object->ops->name);
        stat.space = object->space;
        stat.va = object->va;
        stat.client = object->client->number;
        add(&stat, object);
    }
    for (struct pager_object *one = object_next(NULL, 0); one != NULL; one = object_next(one, 0)) {
        stat.objects++;
        if (object == NULL && (request->client == 0 || one->client->number == request->client)) add(&stat, one);
    }
    stat.frames = frames_total();
    stat.frames_free = frames_free();
    stat.evicted = evict_count();
    stat.refused = loop_refused();
    stat.store = store_tell();
    *(struct pager_stat *)os_self()->message = stat;
    return (struct pager_answer){.error = PAGER_OK, .text = sizeof stat};
}

static struct pager_answer next(const struct pager_request *request) {
    enum pager_error error;
    const struct pager_object *object = NULL;
    if (request->word[0] != 0 && (object = find(request, &error)) == NULL) return refuse(error);
    object = object_next(object, request->client);
    return answer(object == NULL ? 0 : object->cookie);
}

static struct pager_answer forget(const struct pager_request *request) {
    uint64_t client;
    if (!name_client(request, request->word[0], &client)) return refuse(PAGER_NOT_YOURS);
    if (client == 0) return refuse(PAGER_BAD_ARGUMENT);
    struct pager_object *object;
    while ((object = object_next(NULL, client)) != NULL) object_end(object, true);
    return answer(0);
}

// ---- all of them ----

struct pager_answer request_answer(const struct pager_request *request) {
    static struct pager_answer (*const of_object[PAGER_CALLS])(struct pager_object *, const struct pager_request *) = {
        [PAGER_CALL_detach] = detach,   [PAGER_CALL_fork] = fork, [PAGER_CALL_resize] = resize,
        [PAGER_CALL_discard] = discard, [PAGER_CALL_sync] = sync, [PAGER_CALL_hint] = hint,
        [PAGER_CALL_stat] = tell,
    };
    uint64_t call = request->label & ((1u << PAGER_OPTIONS_SHIFT) - 1);
    enum pager_error error;
    if (request->is_window) return refuse(PAGER_NOT_YOURS);
    if (call >= PAGER_CALLS) return refuse(PAGER_BAD_ARGUMENT);
    if (call == PAGER_CALL_attach) return attach(request);
    if (call == PAGER_CALL_next) return next(request);
    if (call == PAGER_CALL_forget) return forget(request);
    if (call == PAGER_CALL_stat && request->word[0] == 0) return tell(NULL, request);
    struct pager_object *object = find(request, &error);
    return object == NULL ? refuse(error) : of_object[call](object, request);
}
