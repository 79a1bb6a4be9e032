// SPDX-License-Identifier: MIT
// Sessions.
#include "session.h"

#include <os/arena.h>

#include "../private.h"
#include "claim.h"
#include "string.h"

enum { PAGE = 4096 };

_Static_assert(sizeof(struct session) <= PAGE, "a page each");

static struct session *sessions[SESSIONS_MOST]; // a client's is at its number, or at the next free place behind
static uint64_t farthest;                       // behind it, so far

static struct session **place_of(uint64_t client) {
    for (uint64_t i = 0; i <= farthest; i++) {
        struct session **place = &sessions[(client + i) % SESSIONS_MOST];
        if (*place != NULL && (*place)->client == client) return place;
    }
    return NULL;
}

struct session *session_find(uint64_t client) {
    struct session **place = &sessions[client % SESSIONS_MOST];
    if (*place == NULL || (*place)->client != client) place = place_of(client);
    return place != NULL ? *place : NULL;
}

static struct session *make(uint64_t client, struct pager_object *object) {
    for (uint64_t i = 0; i < SESSIONS_MOST; i++) {
        struct session **place = &sessions[(client + i) % SESSIONS_MOST];
        if (*place != NULL) continue;
        struct session *session = (struct session *)os_pages_take(1);
        if (session == NULL) return NULL;
        session->client = client;
        session->object = object;
        object->word = (uint64_t)session;
        *place = session;
        if (i > farthest) farthest = i;
        return session;
    }
    return NULL;
}

enum file_error session_begin(uint64_t client, uint64_t space, uint64_t va, const char *names, uint64_t bytes,
                              uint64_t *cookie) {
    const struct pager_plan plan = {&kind_session, client, space, va, FILE_BUFFER_PAGES, RIGHT_READ | RIGHT_WRITE};
    struct pager_object *object;
    if (client == 0 || session_find(client) != NULL || bytes > SESSION_NAMES - 2) return FILE_BAD_ARGUMENT;
    enum pager_error error = pager_make(&plan, &object);
    if (error != PAGER_OK) return error == PAGER_BAD_ARGUMENT ? FILE_BAD_ARGUMENT : FILE_FULL;
    *cookie = object->cookie;
    object->word = 0;
    struct session *session = make(client, object);
    if (session != NULL) memcpy(session->elsewhere, names, bytes);
    if (session != NULL) return FILE_OK;
    pager_end(object);
    return FILE_FULL;
}

// ---- numbers ----

struct opened *session_file(const struct session *session, uint64_t number) {
    if (number >= SESSION_FILES || session->file[number] == 0) return NULL;
    return opened_at(session->file[number]);
}

enum file_error session_add(struct session *session, struct opened *opened, uint64_t *number) {
    for (uint64_t i = 0; i < SESSION_FILES; i++) {
        if (session->file[i] != 0) continue;
        session->file[i] = opened_index(opened);
        if (i >= session->end) session->end = i + 1;
        *number = i;
        return FILE_OK;
    }
    return FILE_FULL;
}

void session_close(struct session *session, uint64_t number) {
    struct opened *opened = session_file(session, number);
    session->file[number] = 0;
    claims_release(opened->node, session->client);
    opened_leave(opened);
}

// ---- the buffer ----

// One page of it at a time. => how many bytes; 0: there is no memory
static uint64_t reach(const struct session *session, uint64_t place, uint64_t bytes, char **at) {
    uint64_t own = pager_own(session->object, place / PAGE), left = PAGE - place % PAGE;
    *at = (char *)(own + place % PAGE);
    return own == 0 ? 0 : bytes < left ? bytes : left;
}

static bool fits(uint64_t place, uint64_t bytes) {
    return place <= FILE_BUFFER_SIZE && bytes <= FILE_BUFFER_SIZE - place;
}

bool session_put(const struct session *session, uint64_t place, const void *from, uint64_t bytes) {
    const char *rest = from;
    char *at;
    if (!fits(place, bytes)) return false;
    for (uint64_t some; bytes > 0; place += some, rest += some, bytes -= some) {
        some = reach(session, place, bytes, &at);
        if (some == 0) return false;
        memcpy(at, rest, some);
    }
    return true;
}

bool session_take(const struct session *session, uint64_t place, void *to, uint64_t bytes) {
    char *rest = to, *at;
    if (!fits(place, bytes)) return false;
    for (uint64_t some; bytes > 0; place += some, rest += some, bytes -= some) {
        some = reach(session, place, bytes, &at);
        if (some == 0) return false;
        memcpy(rest, at, some);
    }
    return true;
}

// ---- the kind ----

static struct pager_verdict fault_session(struct pager_object *object, uint64_t page, uint64_t label,
                                          uint64_t neighbours) {
    uint64_t entry = object->entries[page];
    if (entry != 0) return private_fault(object, page, label, entry);
    return private_fresh(object, page, label, neighbours);
}

static enum pager_error attach(struct pager_object *object, uint64_t source) {
    (void)object;
    (void)source;
    return PAGER_UNSUPPORTED; // by the request `begin` only
}

static void detach(struct pager_object *object) {
    struct session *session = (struct session *)object->word;
    if (session == NULL) return;
    for (uint64_t number = 0; number < session->end; number++) {
        if (session->file[number] != 0) session_close(session, number);
    }
    *place_of(session->client) = NULL;
    os_pages_give((uint64_t)session, 1);
}

// The same files are open for the child; its buffer is its own.
static bool fork(const struct pager_object *parent, uint64_t first, struct pager_object *child) {
    const struct session *session = (const struct session *)parent->word;
    pager_drop(child, 0, child->pages);
    child->word = 0;
    if (first != 0 || child->pages != parent->pages || session_find(child->client->number) != NULL) return false;
    struct session *made = make(child->client->number, child);
    if (made == NULL) return false;
    memcpy(made->elsewhere, session->elsewhere, sizeof made->elsewhere);
    made->end = session->end;
    for (uint64_t number = 0; number < session->end; number++) {
        made->file[number] = session->file[number];
        if (session->file[number] != 0) opened_at(session->file[number])->users++;
    }
    return true;
}

const struct pager_ops kind_session = {
    .name = "session",
    .attach = attach,
    .fault = fault_session,
    .detach = detach,
    .fork = fork,
};
