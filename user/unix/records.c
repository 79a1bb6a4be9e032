// SPDX-License-Identifier: MIT
// Records: a table in which a process stands where its number says, or next to that.
#include "records.h"

#include <os/process.h>
#include <os/stubs.h>

#include "listeners.h"
#include "signals.h"
#include "streams.h"
#include "string.h"
#include "terminal.h"
#include "waiting.h"

struct record records[RECORDS];

enum { COOKIE_INDEX = 8 }; // bits of a cookie

_Static_assert(RECORDS == 1 << COOKIE_INDEX, "a cookie says which it is");

static uint64_t made;
static uint64_t stopped; // how many are

static bool process_lives(const struct record *record) {
    struct os_kin kin;
    return os_look_kin(record->number, &kin);
}

struct record *record_find(uint64_t number) {
    for (uint64_t i = 0; i < RECORDS; i++) {
        struct record *record = &records[(number + i) % RECORDS];
        if (record->state != RECORD_FREE && record->number == number) return record;
    }
    return NULL;
}

static struct record *find_free(uint64_t number) {
    for (uint64_t i = 0; i < RECORDS; i++) {
        struct record *record = &records[(number + i) % RECORDS];
        if (record->state == RECORD_FREE) return record;
    }
    return NULL;
}

struct record *record_make(uint64_t number, struct record *parent, uint64_t space) {
    struct record *record = find_free(number);
    if (record == NULL && records_sweep()) record = find_free(number);
    if (record == NULL) return NULL;
    memset(record, 0, offsetof(struct record, stream)); // no number of a stream is in use
    memset(record->name, 0, sizeof record->name);
    record->state = RECORD_MADE;
    record->number = (uint32_t)number;
    record->space = space;
    record->cookie = ++made << COOKIE_INDEX | (uint64_t)(record - records);
    record->parent = parent;
    link_init(&record->children);
    link_init(&record->sibling);
    link_init(&record->signals);
    link_init(&record->listeners);
    if (parent != NULL) list_add_last(&parent->children, &record->sibling);
    return record;
}

void record_free(struct record *record) {
    list_remove(&record->sibling);
    record->state = RECORD_FREE;
}

struct record *record_of_region(uint64_t cookie, uint64_t space) {
    struct record *record = &records[cookie % RECORDS];
    bool is_it = (record->state == RECORD_MADE || record->state == RECORD_LIVES) && record->cookie == cookie;
    return is_it && record->space == space ? record : NULL;
}

bool record_has_group(uint32_t session, uint32_t group) {
    for (unsigned i = 0; i < RECORDS; i++) {
        if (records[i].state != RECORD_FREE && records[i].group == group && records[i].session == session) return true;
    }
    return false;
}

bool record_is_orphaned(uint32_t group) {
    for (unsigned i = 0; i < RECORDS; i++) {
        const struct record *record = &records[i], *parent = record->parent;
        if (record->state == RECORD_FREE || record->state == RECORD_ENDED || record->group != group) continue;
        if (parent != NULL && parent->group != group && parent->session == record->session) return false;
    }
    return true;
}

static bool has_stopped(uint32_t group) {
    for (unsigned i = 0; i < RECORDS; i++) {
        if (records[i].state == RECORD_LIVES && records[i].group == group && records[i].stopped) return true;
    }
    return false;
}

// The group has just lost somebody who would have let it go on.
static void look_after(uint32_t group) {
    if (stopped == 0 || !has_stopped(group) || !record_is_orphaned(group)) return;
    signal_group(group, SIGNAL_HANG_UP);
    signal_group(group, SIGNAL_GO_ON);
}

static void let_children_go(struct record *record) {
    while (!list_empty(&record->children)) {
        struct record *child = container_of(record->children.next, struct record, sibling);
        list_remove(&child->sibling);
        child->parent = NULL;
        record_call(child);
        if (child->state == RECORD_ENDED)
            record_free(child);
        else if (child->state == RECORD_MADE && !process_lives(child))
            record_end(child); // it had no region yet
        else if (child->group != record->group)
            look_after(child->group);
    }
}

void record_call(struct record *record) {
    record->has_to_take = true;
    if (record->port != 0) os_notify(record->port, record->bits);
}

void record_stop(struct record *record, bool stops) {
    stopped += stops ? 1 : 0;
    stopped -= record->stopped ? 1 : 0;
    record->stopped = stops;
}

void record_end(struct record *record) {
    uint32_t number = record->number;
    listeners_end(record);
    streams_end(record);
    signals_forget(record);
    if (record->port != 0) os_close(record->port);
    record->port = 0;
    if (!record->told) record->status = UNIX_STATUS_SIGNAL(SIGNAL_KILL);
    record_stop(record, false);
    record->news = false;
    record->state = RECORD_ENDED;
    if (number == record->session) terminal_session_ended(number);
    let_children_go(record);
    look_after(record->group);
    waiting_child_ended(record);
    os_kill(number); // who took its region away itself is not let off
}

bool records_sweep(void) {
    bool found = false;
    for (unsigned i = 0; i < RECORDS; i++) {
        struct record *record = &records[i];
        if (record->state != RECORD_MADE && record->state != RECORD_LIVES) continue;
        if (process_lives(record)) continue;
        record_end(record);
        found = true;
    }
    return found;
}
