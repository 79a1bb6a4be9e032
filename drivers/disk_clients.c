// SPDX-License-Identifier: MIT
// Who uses which disk: a ring each, a doorbell, a handle to borrow pages by.
#include "disk_clients.h"

#include <os/arena.h>
#include <os/handles.h>
#include <os/threads.h>

#include "string.h"

enum {
    INDEX_BITS = DISK_INDEX_BITS,
    OFFSET_BITS = DISK_OFFSET_BITS
}; // of a cookie the client's index; the cookie stands above an offset's page

struct disk disks[DISKS];
unsigned disk_count;
struct disk_client clients[CLIENTS];

static uint64_t last_opening;
static struct disk_client *answered[CLIENTS]; // who is yet to be notified
static unsigned answered_count;

static void answer(const struct message *message, uint64_t status) {
    os_reply(message->token, VERDICT_REPLY, status, 0, 0, 0, 0);
}

static void end(struct disk_client *client) {
    if (client->lender != 0) os_close(client->lender);
    if (client->port != 0) os_close(client->port);
    os_pages_give((uint64_t)client->ring, 1);
    client->lender = client->port = 0;
    client->ring = NULL;
    client->state = CLIENT_GONE;
    client_settle(client);
}

void client_settle(struct disk_client *client) {
    if (client->state == CLIENT_GONE && client->in_flight == 0) client->state = CLIENT_NONE;
}

void client_answer(struct disk_client *client, uint32_t slot, enum os_disk_error error) {
    if (client->ring == NULL) return;
    client->ring->answer[client->done++ % DISK_SLOTS] = (struct disk_answer){slot, error};
    __atomic_store_n(&client->ring->answered, client->done, __ATOMIC_RELEASE);
    if (!client->answered) answered[answered_count++] = client;
    client->answered = true;
}

void clients_notify(void) {
    for (; answered_count != 0; answered_count--) {
        struct disk_client *client = answered[answered_count - 1];
        client->answered = false;
        if (client->port != 0) os_notify(client->port, client->bits);
    }
}

static struct disk_client *find(uint64_t cookie) {
    struct disk_client *client = &clients[cookie % (1 << INDEX_BITS) % CLIENTS];
    bool is_its = client->state == CLIENT_OPENS || client->state == CLIENT_LIVES;
    return is_its && client->cookie == cookie ? client : NULL;
}

// ---- requests ----

// => NULL: there is no such disk, or no such partition of it
static struct disk *find_disk(const char *name, struct partition *part) {
    uint64_t length;
    unsigned number = partition_of(name, &length);
    for (unsigned i = 0; i < disk_count; i++) {
        struct disk *disk = &disks[i];
        if (string_length(disk->seen.name) != length || memcmp(disk->seen.name, name, length) != 0) continue;
        *part = number == 0 ? (struct partition){0, disk->seen.sectors} : disk->partition[number - 1];
        return part->sectors != 0 || number == 0 ? disk : NULL;
    }
    return NULL;
}

// One that nobody uses, or whose client died: of the end of one that has no region nobody else tells.
static struct disk_client *unused(void) {
    for (unsigned i = 0; i < CLIENTS; i++) {
        struct disk_client *client = &clients[i];
        bool is_used = client->state == CLIENT_OPENS || client->state == CLIENT_LIVES;
        if (is_used && os_notify(client->port, 0).status == STATUS_GONE) end(client);
        if (client->state == CLIENT_NONE) return client;
    }
    return NULL;
}

static void serve_open(const struct message *message, uint64_t port) {
    char name[DISK_NAME + 4] = "";
    size_t size = (message->tag & TAG_TEXT) != 0 ? TAG_TEXT_SIZE(message->tag) : 0;
    memcpy(name, os_self()->message, size < sizeof name - 1 ? size : sizeof name - 1);
    struct partition part;
    struct disk *disk = find_disk(name, &part);
    struct disk_client *client = disk == NULL ? NULL : unused();
    if (client == NULL) {
        answer(message, disk == NULL ? STATUS_ABSENT : STATUS_FULL);
        return;
    }
    uint64_t index = (uint64_t)(client - clients), ring = os_pages_take(1);
    struct result doorbell = os_mint(port, HANDLE_NOTIFY | HANDLE_PASS, 0);
    if (ring == 0 || doorbell.status != STATUS_OK) {
        if (ring != 0) os_pages_give(ring, 1);
        answer(message, STATUS_NO_MEMORY);
        return;
    }
    // What the port's handle has no right for is its sender's own affair.
    *client = (struct disk_client){.state = CLIENT_OPENS,
                                   .disk = disk,
                                   .first = part.first,
                                   .sectors = part.sectors,
                                   .cookie = ++last_opening << INDEX_BITS | index,
                                   .space = message->word[0],
                                   .port = message->handle,
                                   .bits = message->word[1],
                                   .ring = (struct disk_ring *)ring};
    uint64_t flags = disk->seen.read_only != 0 ? DISK_READ_ONLY : 0;
    uint64_t status = os_reply(message->token, VERDICT_REPLY | TAG_HANDLE, STATUS_OK, client->cookie, part.sectors,
                               flags, doorbell.value)
                          .status;
    os_close(doorbell.value);
    if (status == STATUS_OK) return;
    end(client);
    answer(message, status);
}

static void serve_lend(const struct message *message) {
    struct disk_client *client = find(message->word[0]);
    if (client == NULL || client->lender != 0) {
        os_close(message->handle);
        answer(message, client == NULL ? STATUS_ABSENT : STATUS_TAKEN);
        return;
    }
    client->lender = message->handle;
    answer(message, STATUS_OK);
}

static void serve_look(const struct message *message) {
    if (message->word[0] >= disk_count) {
        answer(message, STATUS_ABSENT);
        return;
    }
    struct os_disk_seen *seen = &disks[message->word[0]].seen;
    memcpy(os_self()->message, seen, sizeof *seen);
    os_reply(message->token, VERDICT_REPLY | TAG_TEXT | sizeof *seen << TAG_TEXT_SHIFT, STATUS_OK, 0, 0, 0, 0);
}

// Who has a badge is no server and no operator.
void clients_serve(const struct message *message, uint64_t port) {
    uint64_t call = TAG_LABEL(message->tag);
    bool has_handle = (message->tag & TAG_HANDLE) != 0, wants_one = call == DISK_CALL_open || call == DISK_CALL_lend;
    if (has_handle != wants_one || message->badge != 0 || call >= DISK_CALLS) {
        if (has_handle) os_close(message->handle);
        answer(message, STATUS_DENIED);
    } else if (call == DISK_CALL_open) {
        serve_open(message, port);
    } else if (call == DISK_CALL_lend) {
        serve_lend(message);
    } else {
        serve_look(message);
    }
}

// ---- the region of the ring: for the page to be shared by, and for its end to be heard of ----

void clients_fault(const struct message *message) {
    struct disk_client *client = find(message->word[2] >> OFFSET_BITS);
    uint64_t va = message->word[1] & ~(uint64_t)(OS_PAGE - 1);
    bool given =
        client != NULL && client->space == message->word[0] &&
        os_reply(message->token, VERDICT_MAP, (uint64_t)client->ring, va, 1, RIGHT_READ | RIGHT_WRITE, 0).status ==
            STATUS_OK;
    if (given)
        client->state = CLIENT_LIVES;
    else
        os_reply(message->token, VERDICT_FAIL, 0, 0, 0, 0, 0);
}

void clients_detached(const struct message *message) {
    struct disk_client *client = find(message->badge);
    if (client != NULL && client->space == message->word[0]) end(client);
}
