// SPDX-License-Identifier: MIT
// Verdicts: what a pager, or a server, answers. Each is checked whole before anything is done; after a refusal the
// client waits on, and its token is still good.
#include "verdict.h"

#include "decode.h"
#include "errand.h"
#include "extent.h"
#include "message.h"

enum {
    FAIL_MOST = 255 - FAULT_FAILED,
};

static inline struct answer refuse(uint64_t status) { return (struct answer){status, NULL}; }

// The client goes on: after a fault with its registers as they are, after a call with what is put there.
static inline struct answer go_on(struct thread *client) {
    list_remove(&client->link);
    if (client->deadline.armed) deadline_cancel(&client->deadline);
    if (!list_empty(&client->followers)) thread_release_followers(client);
    return (struct answer){STATUS_OK, client};
}

static inline void put_result(struct thread *client, uint64_t tag, const uint64_t word[5], uint64_t passed) {
    message_put(client, tag, word, 0, 0, passed);
}

static struct answer reply(struct thread *pager, struct thread *client, uint64_t tag, const uint64_t word[5]) {
    uint64_t passed = 0;
    if (client->errand == ERRAND_FAULT) return refuse(MISUSED);
    if ((tag & (TAG_HANDLE | TAG_TEXT)) != 0) {
        uint64_t status = message_attach(pager, client, tag, word[4], &passed);
        if (status != STATUS_OK) return refuse(status);
    }
    put_result(client, tag, word, passed);
    return go_on(client);
}

// Where a token allows pages to be put: anywhere in the region of a fault, or in the window that a caller named.
static uint64_t target(const struct thread *pager, const struct thread *client, uint64_t va, uint64_t pages,
                       uint64_t rights) {
    if (client->errand == ERRAND_CALL) return MISUSED;
    if (!pages_are_valid(va, pages) || pages > PAGES_PER_CALL) return MISUSED;
    const struct region *region = region_find(client->space, client->va);
    if (region == NULL || region->closing) return STATUS_ABSENT;
    uint64_t first = region->node.key, end = region_end(region);
    if (client->errand == ERRAND_FAULT_CALL) {
        if (region->port != NULL && !region_is_paged_by(region, pager->space)) return STATUS_DENIED;
        uint64_t window_end = client->va + client->neighbours * PAGE_SIZE;
        first = client->va;
        end = window_end < end ? window_end : end;
    } else if (region->port == NULL) {
        return STATUS_DENIED;
    }
    if (va < first || va + pages * PAGE_SIZE > end || (rights & RIGHTS_ACCESS & ~(uint64_t)region->rights) != 0)
        return STATUS_DENIED;
    return STATUS_OK;
}

// The page that faulted comes with A, and after a write with D; those mapped ahead come without.
static uint64_t noted(const struct thread *client) {
    return PTE_A | (FAULT_ACCESS(TAG_LABEL(client->tag)) == FAULT_WRITE ? PTE_D : 0);
}

bool verdict_map_straight(struct thread *client, uint64_t from, uint64_t va, uint64_t rights) {
    struct extent extent = {.space = client->space, .va = va, .pages = 1};
    enum status status = extent_map(thread_current()->space, from, &extent, rights, noted(client));
    translation_settle();
    return status == STATUS_OK;
}

static enum status map_pages(struct thread *pager, struct thread *client, const uint64_t word[5]) {
    uint64_t from = word[0], va = word[1], end = va + word[2] * PAGE_SIZE;
    uint64_t faulted = align_down(client->va, PAGE_SIZE);
    enum status status = STATUS_OK;
    while (va < end && status == STATUS_OK) {
        uint64_t stop = va < faulted && faulted < end ? faulted : va == faulted ? va + PAGE_SIZE : end;
        struct extent extent = {.space = client->space, .va = va, .pages = (stop - va) / PAGE_SIZE};
        status = extent_map(pager->space, from, &extent, word[3], va == faulted ? noted(client) : 0);
        from += stop - va;
        va = stop;
    }
    translation_settle();
    ring_trace(hart_here(), EVENT_map, word[1], word[2]);
    return status;
}

// Does it have now what it faulted for?
static bool helps(const struct thread *client, const uint64_t word[5]) {
    uint64_t wanted = 1ull << FAULT_ACCESS(TAG_LABEL(client->tag));
    return client->va - word[1] < word[2] * PAGE_SIZE && (word[3] & wanted) != 0;
}

// If that does not help, its next fault at the same place is a repeated one.
static struct answer answered(struct thread *client, uint64_t tag, const uint64_t word[5], bool helped) {
    if (client->errand == ERRAND_FAULT)
        client->retry_pc = helped ? 0 : client->registers->pc;
    else
        put_result(client, tag, word, 0);
    return go_on(client);
}

static struct answer map(struct thread *pager, struct thread *client, uint64_t tag, const uint64_t word[5]) {
    uint64_t rights = word[3], status = target(pager, client, word[1], word[2], rights);
    if (!rights_are_valid(rights, RIGHTS_PAGE) || !pages_are_valid(word[0], word[2])) status = MISUSED;
    if (status == STATUS_OK) status = map_pages(pager, client, word);
    if (status != STATUS_OK) return refuse(status);
    return answered(client, tag, word, helps(client, word));
}

static struct answer unprot(struct thread *pager, struct thread *client, uint64_t tag, const uint64_t word[5]) {
    uint64_t rights = word[3], status = target(pager, client, word[1], word[2], rights);
    if (!rights_are_valid(rights, RIGHTS_ACCESS)) status = MISUSED;
    if (status == STATUS_OK) {
        struct extent extent = {.space = client->space, .va = word[1], .pages = word[2]};
        status = extent_work(&extent, CALL_unprot, rights);
    }
    if (status != STATUS_OK) return refuse(status);
    return answered(client, tag, word, helps(client, word));
}

static struct answer forward(struct thread *pager, struct thread *client, uint64_t handle) {
    uint64_t why;
    struct port *port = handle_object(pager->space, handle, OBJECT_PORT, HANDLE_SEND, &why);
    if (port == NULL) return refuse(why);
    if (port->holder == NULL || client->errand != ERRAND_FAULT || port->holder->rank >= client->space->rank)
        return refuse(STATUS_DENIED);
    return refuse(errand_forward(client, port) ? STATUS_OK : STATUS_GONE);
}

static struct answer skip(struct thread *client, const uint64_t word[5]) {
    if (client->errand != ERRAND_FAULT || word[1] > 31) return refuse(MISUSED);
    client->registers->pc = word[0];
    if (word[1] != 0) client->registers->x[word[1] - 1] = word[2];
    return go_on(client);
}

struct answer verdict_give(struct thread *pager, uint64_t token, uint64_t tag, uint64_t word[5]) {
    struct thread *client = thread_by_token(token, pager->space);
    if (client == NULL) return refuse(STATUS_GONE);
    switch (TAG_KIND(tag)) {
    case VERDICT_REPLY:
        return reply(pager, client, tag, word);
    case VERDICT_MAP:
        return map(pager, client, tag, word);
    case VERDICT_UNPROT:
        return unprot(pager, client, tag, word);
    case VERDICT_RETRY:
        return answered(client, tag, word, false);
    case VERDICT_FAIL:
        if (word[0] > FAIL_MOST) return refuse(MISUSED);
        errand_failed(client, word[0]);
        return refuse(STATUS_OK);
    case VERDICT_FORWARD:
        return forward(pager, client, word[0]);
    case VERDICT_SKIP:
        return skip(client, word);
    default:
        return refuse(MISUSED);
    }
}
