// SPDX-License-Identifier: MIT
// Listeners: threads, as they wait for something. One is parked, for a call that is answered later, or it has asked to
// be notified, once, when one of several queues moves.
#pragma once

#include <os/unix_protocol.h>
#include <stdbool.h>

#include "answers.h"
#include "list.h"

enum { LISTENERS = 2048, LISTENERS_EACH = 520, LISTENERS_FAIR = 4, SUBSCRIPTIONS = 8192 };

// Who waits for the same thing.
struct queue {
    struct link parked, subscribed;
    struct link moved; // it is among those to be woken
};

enum parked_for { PARKED_NOT, PARKED_READ, PARKED_AWAIT, PARKED_CONTROL, PARKED_WAIT };

enum word_state { WORD_NONE, WORD_WAITS, WORD_WOKEN };

struct stream;

struct listener {
    struct record *owner; // NULL: unused
    struct link of_owner, parked, subscriptions;
    uint32_t port; // handle
    uint32_t cut;  // turns up to this one do not wait
    uint64_t bits;
    enum parked_for what; // with the request's words
    uint32_t turn;
    uint64_t token, word[3];
    struct stream *stream; // which it has
    struct link of_word;   // shared_words.c's
    uint64_t object, offset;
    uint32_t mask;
    enum word_state word_state;
};

void listeners_begin(void);
void queue_begin(struct queue *queue);

// The asker's, in whose name a request waits. => NULL: it names none
struct listener *listener_find(const struct request *request, uint64_t number);

// The request waits; what for, and (NULL: its children) in which queue. => false: it does not, and the answer says why
bool listener_park(const struct request *request, uint64_t turn, enum parked_for what, struct queue *queue,
                   struct stream *stream, struct answer *answer);
// What was parked is answered.
void listener_answer(struct listener *listener, const struct answer *answer);

// It is notified when the queue moves. => false: there is no room
bool listener_subscribe(struct listener *listener, struct queue *queue);
void listener_unsubscribe(struct listener *listener);

// Something has changed: by queues_wake() who is parked there is tried again, and the others are notified.
void queue_moved(struct queue *queue);
// There is no such queue any more; nobody is parked there.
void queue_end(struct queue *queue);
bool queues_have_moved(void);
// Uses the message page.
void queues_wake(void);

// All of a process that has ended.
void listeners_end(struct record *record);
