// SPDX-License-Identifier: MIT
// Processes: how they begin, what they are called, which group and session they are in.
#include <os/process.h>
#include <os/stubs.h>
#include <os/threads.h>

#include "answers.h"
#include "records.h"
#include "streams.h"
#include "string.h"
#include "terminal.h"

static void set_name(struct record *record, const struct request *request) {
    uint64_t size = request->size < UNIX_NAME - 1 ? request->size : UNIX_NAME - 1;
    memset(record->name, 0, sizeof record->name);
    memcpy(record->name, os_self()->message, size);
}

// The one request of those who are no process yet.
void serve_begin(struct request *request, struct answer *answer) {
    struct os_kin kin;
    char name[UNIX_NAME] = "";
    uint64_t size = request->size < UNIX_NAME - 1 ? request->size : UNIX_NAME - 1;
    memcpy(name, os_self()->message, size);
    answer->error = UNIX_DENIED;
    if (request->asker != NULL || request->badge == 0 || !os_look_kin(request->badge, &kin)) return;
    struct record *record = record_make(request->badge, NULL, kin.space);
    answer->error = record == NULL ? UNIX_FULL : UNIX_OK;
    if (record == NULL) return;
    memcpy(record->name, name, sizeof name);
    record->state = RECORD_LIVES;
    record->group = record->session = record->number;
    record->children_flags = UNIX_CHILD_QUIET;
    answer->word[0] = record->cookie;
}

void serve_fork(struct request *request, struct answer *answer) {
    struct record *parent = request->asker;
    uint64_t number = request->word[0];
    struct os_kin kin;
    answer->error = UNIX_DENIED;
    if (record_find(number) != NULL || !os_look_kin(number, &kin) || kin.begun || kin.parent != parent->number) return;
    struct record *child = record_make(number, parent, kin.space);
    answer->error = UNIX_FULL;
    if (child == NULL) return;
    struct result handle = os_mint(unix_port, HANDLE_SEND | HANDLE_PASS, number);
    answer->error = UNIX_OUT_OF_MEMORY;
    if (handle.status != STATUS_OK) {
        record_free(child);
        return;
    }
    child->group = parent->group;
    child->session = parent->session;
    child->children_flags = parent->children_flags;
    memcpy(child->name, parent->name, sizeof child->name);
    streams_copy(parent, child);
    answer->error = UNIX_OK;
    answer->word[0] = child->cookie;
    answer->handle = handle.value;
}

void serve_forget(struct request *request, struct answer *answer) {
    struct record *child = record_find(request->word[0]);
    answer->error = UNIX_NO_CHILD;
    if (child == NULL || child->parent != request->asker || child->state == RECORD_LIVES) return;
    answer->error = UNIX_OK;
    child->parent = NULL; // who shall not hear of it
    list_remove(&child->sibling);
    if (child->state == RECORD_ENDED)
        record_free(child);
    else
        record_end(child);
}

// ---- groups and sessions ----

// A process may move itself, and a child that runs no other program yet; only within its session, and no leader of one.
static enum unix_error may_move(const struct record *asker, const struct record *record, uint64_t group) {
    bool is_child = record != NULL && record->parent == asker;
    if (record == NULL || record->state == RECORD_ENDED || (record != asker && !is_child)) return UNIX_NO_PROCESS;
    if (is_child && record->session != asker->session) return UNIX_DENIED;
    if (is_child && record->executed) return UNIX_EXECUTED;
    if (record->session == record->number) return UNIX_DENIED;
    if (group != record->number && !record_has_group(asker->session, (uint32_t)group)) return UNIX_DENIED;
    return UNIX_OK;
}

void serve_group(struct request *request, struct answer *answer) {
    uint64_t number = request->word[0] != 0 ? request->word[0] : request->asker->number;
    struct record *record = record_find(number);
    uint64_t group = request->word[1] != 0 ? request->word[1] : number;
    answer->error = may_move(request->asker, record, group);
    if (answer->error == UNIX_OK) record->group = (uint32_t)group;
}

void serve_session(struct request *request, struct answer *answer) {
    struct record *record = request->asker;
    answer->error = UNIX_DENIED;
    for (unsigned i = 0; i < RECORDS; i++) {
        if (records[i].state != RECORD_FREE && records[i].group == record->number) return;
    }
    answer->error = UNIX_OK;
    record->group = record->session = record->number;
    answer->word[0] = record->session;
}

// ---- what others see ----

void serve_name(struct request *request, struct answer *answer) {
    (void)answer;
    if (request->size != 0) set_name(request->asker, request);
    if ((request->word[0] & UNIX_EXEC) != 0) request->asker->executed = true;
}

void serve_look(struct request *request, struct answer *answer) {
    const struct record *found = NULL;
    for (unsigned i = 0; i < RECORDS; i++) {
        if (records[i].state != RECORD_FREE && records[i].number >= request->word[0] &&
            (found == NULL || records[i].number < found->number))
            found = &records[i];
    }
    answer->error = UNIX_NO_PROCESS;
    if (found == NULL) return;
    struct os_unix_process process = {.process = found->number,
                                      .parent = found->parent != NULL ? found->parent->number : 0,
                                      .group = found->group,
                                      .session = found->session,
                                      .streams = found->streams_count,
                                      .status = (int32_t)found->status,
                                      .executed = found->executed,
                                      .space = found->space,
                                      .user_time = found->user_time,
                                      .system_time = found->system_time};
    process.state = found->state == RECORD_ENDED ? UNIX_ENDED : found->stopped ? UNIX_STOPPED : UNIX_RUNS;
    const struct terminal *terminal = terminal_of(found->session);
    if (terminal != NULL) {
        process.terminal = terminal->device;
        process.foreground = terminal->foreground;
    }
    memcpy(process.name, found->name, sizeof process.name);
    memcpy(os_self()->message, &process, sizeof process);
    answer->error = UNIX_OK;
    answer->size = sizeof process;
}
