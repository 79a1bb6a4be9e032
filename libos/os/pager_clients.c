// SPDX-License-Identifier: MIT
// A pager's clients: who they are, and how many pages each may have. Client 0 is the pager itself.
#include "pager_clients.h"

#include <os/threads.h>
#include <stddef.h>

#include "pager_frames.h"

enum {
    NO_LIMIT = INT32_MAX,
    RESERVE_PART = 4,    // of what we may have: when no more is left, only who has little gets more
    RESERVE_MARGIN = 64, // and somewhat before that
    AHEAD = 192,         // and before that we begin to evict
};

static uint64_t clients_top, made, left, all, share;

bool tables_grow(uint64_t *top, uint64_t end) {
    while (*top < end) {
        if (os_alloc(*top, 1, RIGHT_READ | RIGHT_WRITE, 0, 0).status != STATUS_OK) return false;
        *top += SLOT_SIZE;
    }
    return true;
}

bool clients_start(void) {
    clients_top = PAGER_CLIENTS;
    made = 1;
    if (!tables_grow(&clients_top, PAGER_CLIENTS + sizeof(struct pager_client))) return false;
    client_at(0)->limit = NO_LIMIT;
    client_at(0)->room = NO_LIMIT;
    return true;
}

uint64_t clients_made(void) { return made; }

struct pager_client *client_find(uint64_t number) {
    uint64_t unused = 0;
    for (uint64_t i = 1; i < made; i++) {
        if (client_at(i)->number == number && client_at(i)->objects > 0) return client_at(i);
        if (client_at(i)->objects == 0 && client_at(i)->purse.have == 0) unused = i;
    }
    if (unused == 0) {
        if (made == CLIENTS_MOST || !tables_grow(&clients_top, (uint64_t)client_at(made + 1))) return NULL;
        unused = made++;
    }
    struct pager_client *client = client_at(unused);
    *client = (struct pager_client){.number = number, .limit = NO_LIMIT, .room = NO_LIMIT};
    return client;
}

struct pager_purse *client_purse(struct pager_client *client, uint64_t space) {
    if (client->purse.have == 0) client->purse.payer = space;
    return client->purse.payer == space ? &client->purse : NULL;
}

void client_leave(struct pager_client *client) {
    if (--client->objects == 0) purse_shrink(&client->purse);
}

void clients_set_limits(void) {
    os_space_control(HANDLE_SELF, SPACE_COUNTERS, 0, 0);
    const struct space_counters *own = os_self()->message;
    uint64_t users = 0;
    left = own->quota - own->used + frames_spare();
    all = own->quota - own->used + client_at(0)->purse.have;
    for (uint64_t i = 1; i < made; i++) users += client_at(i)->objects > 0 ? 1 : 0;
    share = all / RESERVE_PART / (users + 1);
    for (uint64_t i = 1; i < made; i++) {
        struct pager_client *client = client_at(i);
        uint32_t limit = left > all / RESERVE_PART + RESERVE_MARGIN ? NO_LIMIT : (uint32_t)share;
        client->room += (int32_t)limit - (int32_t)client->limit;
        client->limit = limit;
    }
}

bool client_has_much(const struct pager_client *client) {
    return (int64_t)client->limit - client->room > (int64_t)share;
}

bool clients_are_short(uint64_t coming) { return left + coming <= all / RESERVE_PART + RESERVE_MARGIN + AHEAD; }

bool clients_can_spare(uint64_t pages) { return left > all / RESERVE_PART / 2 + pages; }

bool client_has_room(const struct pager_client *client) {
    if (client->room <= 0) clients_set_limits(); // they may be wider now
    return client->room > 0;
}
