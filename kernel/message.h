// SPDX-License-Identifier: MIT
// Messages: from the sender's registers to the receiver's.
#pragma once

#include "port.h"
#include "thread.h"

// What the receiver finds in its registers.
void message_put(struct thread *receiver, uint64_t tag, const uint64_t word[5], uint64_t token, uint64_t badge,
                 uint64_t handle);

static inline struct thread *message_receiver(const struct port *port) {
    return container_of(port->receivers.next, struct thread, link);
}

// The first of those who wait in recv goes on, for this client: at its priority, if that is higher than its own.
static inline struct thread *message_wake(struct port *port, const struct thread *client) {
    struct thread *receiver = message_receiver(port);
    list_take_first(&port->receivers, &receiver->link);
    receiver->state = THREAD_RUNNING;
    if (client->running_at > receiver->priority) receiver->running_at = client->running_at;
    return receiver;
}

// A fresh token for a wait that begins. => it
static inline uint64_t message_wait(struct thread *thread, struct port *port, enum thread_errand errand) {
    uint64_t token = thread->token + TOKEN_STEP;
    thread->token = token;
    thread->state = THREAD_WAITING;
    thread->errand = (uint8_t)errand;
    thread->wanted = 0;
    thread->port = port;
    list_add_first(&port->waiting, &thread->link);
    return token;
}

// Nobody waits to receive: the sender waits to be received.
static inline void message_queue(struct thread *thread, struct port *port) {
    thread->state = THREAD_SENDING;
    thread->port = port;
    list_add_last(&port->senders, &thread->link);
    port->busy = true;
}

// Take what waits at the port, in the order of urgency: notifications, regions that went away, senders.
// => false: nothing does
bool message_take(struct port *port, struct thread *receiver);
// Does anything?
static inline bool message_pending(const struct port *port) {
    return port->bits != 0 || !list_empty(&port->senders) || !list_empty(&port->gone);
}
// A thread that waits for a message or for an answer gets this status instead.
void message_fail(struct thread *thread, enum status status);
// Pass on what the tag says goes with a message: a handle, a text. => STATUS_OK, or why the sender cannot
uint64_t message_attach(struct thread *from, struct thread *to, uint64_t tag, uint64_t handle, uint64_t *passed);
// Who alone can work on this port: the only thread, of the space that receives from it, that is not stopped.
// => NULL: there is none, or more than one
const struct thread *message_worker(const struct port *port);
// Would waiting for this port's answer close a cycle?
bool message_closes_cycle(const struct thread *caller, const struct port *port);
