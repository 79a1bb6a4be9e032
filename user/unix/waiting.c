// SPDX-License-Identifier: MIT
// Parents wait for children that end, stop or go on.
#include "waiting.h"

#include "answers.h"
#include "listeners.h"
#include "signals.h"

enum { CODE_EXITED = 1, CODE_KILLED, CODE_STOPPED = 5, CODE_GONE_ON };

static void reap(struct record *child) {
    child->parent->user_time += child->user_time;
    child->parent->system_time += child->system_time;
    record_free(child);
}

static bool is_wanted(const struct record *parent, const struct record *child, uint64_t which, uint64_t number) {
    if (which == UNIX_ANY) return true;
    if (which == UNIX_NUMBER) return child->number == number;
    return child->group == (number == 0 ? parent->group : number);
}

// NOT_NOW: there is one, but nothing to tell of it.
static void look(struct record *parent, const uint64_t word[3], struct answer *answer) {
    uint64_t options = word[2];
    answer->error = UNIX_NO_CHILD;
    for (struct link *link = parent->children.next; link != &parent->children; link = link->next) {
        struct record *child = container_of(link, struct record, sibling);
        if (!is_wanted(parent, child, word[0], word[1])) continue;
        bool has_ended = child->state == RECORD_ENDED;
        uint64_t stop = child->stopped ? UNIX_WAIT_STOPPED : UNIX_WAIT_GONE_ON;
        if (has_ended && (options & UNIX_WAIT_ENDED) == 0) continue;
        answer->error = UNIX_NOT_NOW;
        if (!has_ended && (!child->news || (options & stop) == 0)) continue;
        *answer = (struct answer){.word = {child->number, child->status, child->user_time, child->system_time}};
        if (!has_ended) answer->word[1] = child->stopped ? child->status : UNIX_STATUS_GONE_ON;
        if ((options & UNIX_WAIT_KEEP) != 0) return;
        child->news = false;
        if (has_ended) reap(child);
        return;
    }
}

static void wake(struct record *parent) {
    for (struct link *link = parent->listeners.next; link != &parent->listeners; link = link->next) {
        struct listener *listener = container_of(link, struct listener, of_owner);
        struct answer answer = {0};
        if (listener->what != PARKED_WAIT) continue;
        look(parent, listener->word, &answer);
        if (answer.error != UNIX_NOT_NOW) listener_answer(listener, &answer);
    }
}

void waiting_child_ended(struct record *child) {
    struct record *parent = child->parent;
    uint32_t signal = child->status & 0x7f;
    if (parent == NULL) {
        record_free(child);
        return;
    }
    signal_parent(child, signal == 0 ? CODE_EXITED : CODE_KILLED, (int)(signal == 0 ? child->status >> 8 : signal));
    if ((parent->children_flags & UNIX_UNWAITED) != 0) record_free(child);
    wake(parent);
}

// ---- the requests ----

void serve_wait(struct request *request, struct answer *answer) {
    look(request->asker, request->word, answer);
    if (answer->error == UNIX_NOT_NOW && (request->word[2] & UNIX_WAIT_NOW) == 0)
        listener_park(request, request->word[3], PARKED_WAIT, NULL, NULL, answer);
}

void serve_children(struct request *request, struct answer *answer) {
    (void)answer;
    request->asker->children_flags = (uint32_t)request->word[0];
}

void serve_exit(struct request *request, struct answer *answer) {
    struct record *record = request->asker;
    (void)answer;
    record->told = true;
    record->status = (uint32_t)request->word[0];
    record->user_time += request->word[1];
    record->system_time += request->word[2];
}

void serve_stopped(struct request *request, struct answer *answer) {
    struct record *record = request->asker;
    uint64_t signal = request->word[0];
    bool is_own_doing = signal == SIGNAL_STOP; // that no orphan is spared
    answer->error = signal > UNIX_SIGNALS ? UNIX_BAD_ARGUMENT : UNIX_DENIED;
    if (signal > UNIX_SIGNALS || (signal != 0 && !is_own_doing && record_is_orphaned(record->group))) return;
    answer->error = UNIX_OK;
    if (record->stopped == (signal != 0)) return;
    record_stop(record, signal != 0);
    record->news = true;
    record->status = UNIX_STATUS_STOPPED(signal);
    struct record *parent = record->parent;
    if (parent == NULL) return;
    if ((parent->children_flags & UNIX_NO_STOPS) == 0)
        signal_parent(record, signal != 0 ? CODE_STOPPED : CODE_GONE_ON, signal != 0 ? (int)signal : SIGNAL_GO_ON);
    wake(parent);
}
