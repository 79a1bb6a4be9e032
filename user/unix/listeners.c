// SPDX-License-Identifier: MIT
// Listeners, and the queues in which they wait.
#include "listeners.h"

#include <os/stubs.h>

#include "records.h"
#include "shared_words.h"
#include "streams.h"
#include "waiting.h"

struct subscription {
    struct link of_queue, of_listener;
    struct listener *listener;
};

static struct listener listeners[LISTENERS];
static struct subscription subscriptions[SUBSCRIPTIONS];
static struct link unused; // subscriptions, by of_queue
static struct link moved;  // queues
static unsigned used;      // listeners

void listeners_begin(void) {
    link_init(&unused);
    link_init(&moved);
    for (unsigned i = 0; i < SUBSCRIPTIONS; i++) list_add_last(&unused, &subscriptions[i].of_queue);
}

void queue_begin(struct queue *queue) {
    link_init(&queue->parked);
    link_init(&queue->subscribed);
    link_init(&queue->moved);
}

struct listener *listener_find(const struct request *request, uint64_t number) {
    struct listener *listener = number - 1 < LISTENERS ? &listeners[number - 1] : NULL;
    return listener != NULL && listener->owner == request->asker && request->asker != NULL ? listener : NULL;
}

// ---- parked ----

bool listener_park(const struct request *request, uint64_t turn, enum parked_for what, struct queue *queue,
                   struct stream *stream, struct answer *answer) {
    struct listener *listener = listener_find(request, UNIX_TURN_LISTENER(turn));
    answer->error = UNIX_NOT_NOW;
    if (listener == NULL) return false;
    answer->error = listener->what != PARKED_NOT ? UNIX_BAD_ARGUMENT : UNIX_INTERRUPTED;
    if (listener->what != PARKED_NOT || UNIX_TURN_COUNT(turn) <= listener->cut) return false;
    listener->what = what;
    listener->turn = UNIX_TURN_COUNT(turn);
    listener->token = request->token;
    for (unsigned i = 0; i < 3; i++) listener->word[i] = request->word[i];
    listener->stream = stream;
    if (stream != NULL) stream->uses++;
    if (queue != NULL) list_add_last(&queue->parked, &listener->parked);
    answer->later = true;
    return true;
}

static void leave(struct listener *listener) {
    struct stream *stream = listener->stream;
    list_remove(&listener->parked);
    listener->what = PARKED_NOT;
    listener->stream = NULL;
    if (stream != NULL) stream_drop(stream);
}

void listener_answer(struct listener *listener, const struct answer *answer) {
    answer_give(listener->owner, listener->token, answer);
    leave(listener);
}

// => false: it goes on waiting
static bool try(struct listener *listener) {
    struct answer answer = {0};
    if (listener->what == PARKED_READ)
        stream_read(listener->stream, listener->owner, listener->word[1], &answer);
    else if (listener->what == PARKED_AWAIT)
        stream_await(listener->stream, listener->word[1], listener->word[2], &answer);
    else
        stream_control(listener->stream, listener->owner, listener->word[1], listener->word[2], &answer);
    if (answer.error == UNIX_NOT_NOW) return false;
    // What nobody gets others who have the stream shall find there.
    bool is_shared = listener->stream->uses > 2;
    bool given = is_shared ? answer_give_now(listener->owner, listener->token, &answer)
                           : answer_give(listener->owner, listener->token, &answer);
    if (!given && listener->what == PARKED_READ) stream_unread(listener->stream, &answer);
    leave(listener);
    return true;
}

// ---- subscribed ----

static bool has_subscribed(const struct listener *listener, const struct queue *queue) {
    for (const struct link *link = queue->subscribed.next; link != &queue->subscribed; link = link->next) {
        if (container_of(link, struct subscription, of_queue)->listener == listener) return true;
    }
    return false;
}

bool listener_subscribe(struct listener *listener, struct queue *queue) {
    if (has_subscribed(listener, queue)) return true;
    if (list_empty(&unused)) return false;
    struct subscription *subscription = container_of(unused.next, struct subscription, of_queue);
    list_take(&subscription->of_queue);
    subscription->listener = listener;
    list_add_last(&queue->subscribed, &subscription->of_queue);
    list_add_last(&listener->subscriptions, &subscription->of_listener);
    return true;
}

static void forget(struct subscription *subscription) {
    list_take(&subscription->of_queue);
    list_take(&subscription->of_listener);
    list_add_first(&unused, &subscription->of_queue);
}

void listener_unsubscribe(struct listener *listener) {
    while (!list_empty(&listener->subscriptions))
        forget(container_of(listener->subscriptions.next, struct subscription, of_listener));
}

static void notify_all(struct queue *queue) {
    while (!list_empty(&queue->subscribed)) {
        struct subscription *subscription = container_of(queue->subscribed.next, struct subscription, of_queue);
        os_notify(subscription->listener->port, subscription->listener->bits);
        forget(subscription);
    }
}

// Who must go on waiting keeps its turn: all are passed once.
static void wake(struct queue *queue) {
    unsigned count = 0;
    for (const struct link *link = queue->parked.next; link != &queue->parked; link = link->next) count++;
    for (; count > 0 && !list_empty(&queue->parked); count--) {
        struct listener *listener = container_of(queue->parked.next, struct listener, parked);
        list_remove(&listener->parked);
        list_add_last(&queue->parked, &listener->parked);
        try(listener);
    }
    notify_all(queue);
}

void queue_moved(struct queue *queue) {
    if (!list_empty(&queue->moved) || (list_empty(&queue->parked) && list_empty(&queue->subscribed))) return;
    list_add_last(&moved, &queue->moved);
}

void queue_end(struct queue *queue) {
    notify_all(queue);
    list_remove(&queue->moved);
}

bool queues_have_moved(void) { return !list_empty(&moved); }

void queues_wake(void) {
    while (!list_empty(&moved)) {
        struct queue *queue = container_of(moved.next, struct queue, moved);
        list_remove(&queue->moved);
        wake(queue);
    }
}

// ---- the requests ----

static void end(struct listener *listener) {
    word_forget(listener);
    listener_unsubscribe(listener);
    if (listener->what != PARKED_NOT) leave(listener);
    list_take(&listener->of_owner);
    os_close(listener->port);
    listener->owner->listeners_count--;
    listener->owner = NULL;
    used--;
}

void listeners_end(struct record *record) {
    while (!list_empty(&record->listeners)) end(container_of(record->listeners.next, struct listener, of_owner));
}

// The last ones are for those who have few.
static struct listener *take(const struct record *owner) {
    static unsigned hand;
    bool is_poor = owner->listeners_count < LISTENERS_FAIR;
    if (owner->listeners_count >= LISTENERS_EACH) return NULL;
    if (!is_poor && used >= LISTENERS - RECORDS * LISTENERS_FAIR) return NULL;
    for (unsigned i = 0; i < LISTENERS; i++) {
        hand = (hand + 1) % LISTENERS;
        if (listeners[hand].owner == NULL) return &listeners[hand];
    }
    return NULL;
}

void serve_listen(struct request *request, struct answer *answer) {
    struct listener *listener = request->handle != 0 ? take(request->asker) : NULL;
    answer->error = request->handle == 0 ? UNIX_BAD_ARGUMENT : UNIX_FULL;
    if (listener == NULL) return;
    *listener = (struct listener){
        .owner = request->asker, .port = (uint32_t)request->handle, .bits = request->word[0], .what = PARKED_NOT};
    request->handle = 0;
    link_init(&listener->parked);
    link_init(&listener->subscriptions);
    link_init(&listener->of_word);
    list_add_last(&request->asker->listeners, &listener->of_owner);
    request->asker->listeners_count++;
    used++;
    answer->error = UNIX_OK;
    answer->word[0] = (uint64_t)(listener - listeners) + 1;
}

void serve_unlisten(struct request *request, struct answer *answer) {
    struct listener *listener = listener_find(request, request->word[0]);
    answer->error = listener == NULL ? UNIX_BAD_ARGUMENT : UNIX_OK;
    if (listener != NULL) end(listener);
}

void serve_interrupt(struct request *request, struct answer *answer) {
    static const struct answer interrupted = {.error = UNIX_INTERRUPTED};
    struct listener *listener = listener_find(request, request->word[0]);
    uint32_t count = (uint32_t)request->word[1];
    answer->error = listener == NULL ? UNIX_BAD_ARGUMENT : UNIX_OK;
    if (listener == NULL) return;
    if (count > listener->cut) listener->cut = count;
    if (listener->what != PARKED_NOT && listener->turn <= listener->cut) listener_answer(listener, &interrupted);
}
