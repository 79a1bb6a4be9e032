// SPDX-License-Identifier: MIT
// Signals on their way: they wait in a list of the process until it takes them.
#include "signals.h"

#include <os/process.h>
#include <os/stubs.h>
#include <os/threads.h>

#include "answers.h"
#include "string.h"

struct waiting_signal {
    struct link link;
    struct os_unix_signal what;
};

static struct waiting_signal signals[SIGNALS_WAITING];
static struct link unused;

#define BIT(signal) (UINT64_C(1) << ((signal)-1))
#define STOPS       (BIT(SIGNAL_STOP) | BIT(SIGNAL_TERMINAL_STOP) | BIT(SIGNAL_TERMINAL_INPUT) | BIT(SIGNAL_TERMINAL_OUTPUT))

void signals_begin(void) {
    link_init(&unused);
    for (unsigned i = 0; i < SIGNALS_WAITING; i++) list_add_last(&unused, &signals[i].link);
}

static void drop(struct record *record, struct waiting_signal *signal) {
    list_take(&signal->link);
    list_add_first(&unused, &signal->link);
    record->signals_count--;
}

static void drop_some(struct record *record, uint64_t set) {
    for (struct link *link = record->signals.next, *next; link != &record->signals; link = next) {
        struct waiting_signal *signal = container_of(link, struct waiting_signal, link);
        next = link->next;
        if ((set & BIT(signal->what.signal)) != 0) drop(record, signal);
    }
    record->bare &= ~set;
}

void signals_forget(struct record *record) { drop_some(record, UINT64_MAX); }

static bool waits_already(const struct record *record, const struct os_unix_signal *new) {
    if (new->signal >= UNIX_SIGNAL_QUEUED) return false;
    for (const struct link *link = record->signals.next; link != &record->signals; link = link->next) {
        const struct waiting_signal *signal = container_of(link, struct waiting_signal, link);
        if (signal->what.signal == new->signal && signal->what.thread == new->thread) return true;
    }
    return false;
}

static void kill(struct record *record) {
    os_kill(record->number); // its region tells of its end, if it has one
    if (record->state == RECORD_MADE) record_end(record);
}

enum unix_error signal_send(struct record *to, const struct os_unix_signal *signal) {
    if (signal->signal == 0 || to->state == RECORD_ENDED) return UNIX_OK;
    if (signal->signal == SIGNAL_KILL) {
        kill(to);
        return UNIX_OK;
    }
    if (signal->signal == SIGNAL_GO_ON) drop_some(to, STOPS);
    if ((BIT(signal->signal) & STOPS) != 0) drop_some(to, BIT(SIGNAL_GO_ON));
    if (waits_already(to, signal)) return UNIX_OK;
    if (to->signals_count >= SIGNALS_EACH && signal->signal >= UNIX_SIGNAL_QUEUED) return UNIX_NOT_NOW;
    if (list_empty(&unused)) {
        to->bare |= BIT(signal->signal);
    } else {
        struct waiting_signal *new = container_of(unused.next, struct waiting_signal, link);
        list_take(&new->link);
        new->what = *signal;
        list_add_last(&to->signals, &new->link);
        to->signals_count++;
    }
    record_call(to);
    return UNIX_OK;
}

bool signal_group(uint32_t group, int signal) {
    const struct os_unix_signal what = {.signal = signal, .code = CODE_OF_KERNEL};
    bool found = false;
    for (unsigned i = 0; i < RECORDS; i++) {
        if (records[i].state == RECORD_FREE || records[i].group != group) continue;
        found = true;
        signal_send(&records[i], &what);
    }
    return found;
}

void signal_parent(const struct record *child, int code, int status) {
    struct os_unix_signal what = {.signal = SIGNAL_CHILD,
                                  .code = code,
                                  .process = child->number,
                                  .status = status,
                                  .user_time = child->user_time,
                                  .system_time = child->system_time};
    if (child->parent != NULL && (child->parent->children_flags & UNIX_CHILD_QUIET) == 0)
        signal_send(child->parent, &what);
}

// ---- the requests ----

void serve_attend(struct request *request, struct answer *answer) {
    struct record *record = request->asker;
    answer->error = request->handle == 0 ? UNIX_BAD_ARGUMENT : UNIX_OK;
    if (request->handle == 0) return;
    if (record->port != 0) os_close(record->port);
    record->port = (uint32_t)request->handle;
    record->bits = request->word[0];
    request->handle = 0;
    answer->word[0] = record->parent != NULL ? record->parent->number : 0;
    if (record->has_to_take) record_call(record);
}

void serve_take(struct request *request, struct answer *answer) {
    struct record *record = request->asker;
    struct os_unix_signal *to = os_self()->message;
    uint64_t count = 0;
    while (count < UNIX_TAKE_MOST && !list_empty(&record->signals)) {
        struct waiting_signal *signal = container_of(record->signals.next, struct waiting_signal, link);
        to[count++] = signal->what;
        drop(record, signal);
    }
    for (int signal = 1; record->bare != 0 && count < UNIX_TAKE_MOST; signal++) {
        if ((record->bare & BIT(signal)) != 0) to[count++] = (struct os_unix_signal){.signal = signal};
        record->bare &= ~BIT(signal);
    }
    record->has_to_take = !list_empty(&record->signals) || record->bare != 0;
    answer->word[0] = count;
    answer->word[1] = record->parent != NULL ? record->parent->number : 0;
    answer->size = count * sizeof *to;
}

// => how many there are
static uint64_t send_all(const struct record *asker, int64_t target, const struct os_unix_signal *what,
                         enum unix_error *error) {
    uint64_t found = 0;
    for (unsigned i = 0; i < RECORDS; i++) {
        struct record *record = &records[i];
        uint32_t group = target == 0 ? asker->group : (uint32_t)-target;
        if (record->state == RECORD_FREE || (target == -1 ? record == asker : record->group != group)) continue;
        found++;
        enum unix_error its = signal_send(record, what);
        if (its != UNIX_OK) *error = its;
    }
    return found;
}

void serve_send(struct request *request, struct answer *answer) {
    struct os_unix_signal what = {0};
    int64_t target = (int64_t)request->word[0];
    if (request->size == sizeof what) memcpy(&what, os_self()->message, sizeof what);
    what.signal = (int32_t)request->word[1];
    what.thread = (uint32_t)request->word[2];
    if (what.code >= 0) what = (struct os_unix_signal){.signal = what.signal, .process = request->asker->number};
    answer->error = UNIX_BAD_ARGUMENT;
    if (request->word[1] > UNIX_SIGNALS || target < -(int64_t)UINT32_MAX || target > (int64_t)UINT32_MAX) return;
    answer->error = UNIX_OK;
    if (target <= 0) {
        if (send_all(request->asker, target, &what, &answer->error) == 0) answer->error = UNIX_NO_PROCESS;
        return;
    }
    struct record *record = record_find((uint64_t)target);
    answer->error = record == NULL ? UNIX_NO_PROCESS : signal_send(record, &what);
}
