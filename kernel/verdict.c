// SPDX-License-Identifier: MIT
// Verdicts: what a pager, or a server, answers. Each is checked whole before anything is done; after a refusal the
// client waits on, and its token is still good.
#include "verdict.h"

#include "extent.h"
#include "fault.h"
#include "handle.h"
#include "message.h"

static uint64_t reply(struct thread *pager, struct thread *client, uint64_t tag, const uint64_t word[5]) {
    uint64_t passed = 0;
    if (client->errand == ERRAND_FAULT) return MISUSED;
    uint64_t status = message_attach(pager, client, tag, word[4], &passed);
    if (status != STATUS_OK) return status;
    message_put(client, tag, word, 0, 0, passed);
    return STATUS_OK;
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
static enum status map(const struct thread *client, uint64_t from, uint64_t va, uint64_t pages, uint64_t rights) {
    uint64_t noted = PTE_A | (FAULT_ACCESS(TAG_LABEL(client->tag)) == FAULT_WRITE ? PTE_D : 0);
    struct extent extent = {.space = client->space, .va = va, .pages = pages, .touched = client->va, .noted = noted};
    enum status status = extent_map(thread_current()->space, from, &extent, rights);
    translation_settle();
    ring_trace(hart_here(), EVENT_map, va, pages);
    return status;
}

bool verdict_map_straight(const struct thread *client, uint64_t from, uint64_t va, uint64_t rights) {
    return map(client, from, va, 1, rights) == STATUS_OK;
}

// After a fault it goes on with its registers as they are, after a call with the answer in them. If that does not help,
// its next fault at the same place is a repeated one.
static uint64_t answered(struct thread *client, uint64_t tag, const uint64_t word[5], bool helped) {
    if (client->errand == ERRAND_FAULT)
        client->retry_pc = helped ? 0 : client->registers->pc;
    else
        message_put(client, tag, word, 0, 0, 0);
    return STATUS_OK;
}

// MAP, or UNPROT.
static uint64_t give(struct thread *pager, struct thread *client, uint64_t tag, const uint64_t word[5]) {
    bool maps = TAG_KIND(tag) == VERDICT_MAP;
    uint64_t rights = word[3], wanted = 1ull << FAULT_ACCESS(TAG_LABEL(client->tag));
    uint64_t status = target(pager, client, word[1], word[2], rights);
    struct extent extent = {.space = client->space, .va = word[1], .pages = word[2]};
    if (!rights_are_valid(rights, maps ? RIGHTS_PAGE : RIGHTS_ACCESS)) status = MISUSED;
    if (maps && !pages_are_valid(word[0], word[2])) status = MISUSED;
    if (status == STATUS_OK && maps) status = map(client, word[0], word[1], word[2], rights);
    if (status == STATUS_OK && !maps) status = extent_work(&extent, CALL_unprot, rights);
    if (status != STATUS_OK) return status;
    return answered(client, tag, word, client->va - word[1] < word[2] * PAGE_SIZE && (rights & wanted) != 0);
}

static uint64_t forward(struct thread *pager, struct thread *client, uint64_t handle) {
    uint64_t why;
    struct port *port = handle_object(pager->space, handle, OBJECT_PORT, HANDLE_SEND, &why);
    if (port == NULL) return why;
    if (client->errand != ERRAND_FAULT || port->holder->rank >= client->space->rank) return STATUS_DENIED;
    fault_recall(client);
    list_remove(&client->link);
    fault_send(client, port);
    return STATUS_OK;
}

static uint64_t fail(struct thread *client, uint64_t code) {
    if (code > UINT8_MAX - FAULT_FAILED) return MISUSED;
    fault_fail(client, STATUS_FAILED, FAULT_FAILED + code, code);
    return STATUS_OK;
}

static uint64_t skip(struct thread *client, const uint64_t word[5]) {
    if (client->errand != ERRAND_FAULT || word[1] > 31) return MISUSED;
    client->registers->pc = word[0];
    if (word[1] != 0) client->registers->x[word[1] - 1] = word[2];
    return STATUS_OK;
}

uint64_t verdict_give(struct thread *pager, uint64_t token, uint64_t tag, uint64_t word[5], struct thread **goes_on) {
    struct thread *client = thread_by_token(token, pager->space);
    uint64_t kind = TAG_KIND(tag), status = MISUSED;
    *goes_on = NULL;
    if (client == NULL) return STATUS_GONE;
    if (kind == VERDICT_FAIL) return fail(client, word[0]);
    if (kind == VERDICT_FORWARD) return forward(pager, client, word[0]);
    if (kind == VERDICT_MAP || kind == VERDICT_UNPROT) status = give(pager, client, tag, word);
    if (kind == VERDICT_REPLY) status = reply(pager, client, tag, word);
    if (kind == VERDICT_RETRY) status = answered(client, tag, word, false);
    if (kind == VERDICT_SKIP) status = skip(client, word);
    if (status != STATUS_OK) return status;
    list_remove(&client->link);
    deadline_cancel(&client->deadline);
    thread_release_followers(client);
    *goes_on = client;
    return STATUS_OK;
}
