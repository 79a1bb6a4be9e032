// SPDX-License-Identifier: MIT
// Ports: where messages meet receivers.
#include "port.h"

#include "errand.h"
#include "message.h"
#include "region.h"
#include "schedule.h"
#include "thread.h"
#include "timer.h"

struct port_timer {
    struct deadline deadline;
    struct port *port;
    uint64_t bits;
};

enum {
    ENDED_AT_ONCE = 32,
};

static struct link abandoned = {&abandoned, &abandoned}; // that somebody still waits at, by in_holder

struct port *port_create(struct space *holder) {
    struct port *port = pool_take(holder);
    if (port == NULL) return NULL;
    port->object.kind = OBJECT_PORT;
    port->holder = holder;
    link_init(&port->receivers);
    link_init(&port->senders);
    link_init(&port->waiting);
    link_init(&port->gone);
    list_add_last(&holder->ports, &port->in_holder);
    return port;
}

void port_move(struct port *port, struct space *holder) {
    list_remove(&port->in_holder);
    port->holder = holder;
    list_add_last(&holder->ports, &port->in_holder);
}

// Whoever waits here hears that there is nobody any more.
static bool end_one(struct link *head) {
    if (list_empty(head)) return false;
    struct thread *thread = container_of(head->next, struct thread, link);
    if (thread->state == THREAD_RECEIVING)
        message_fail(thread, STATUS_GONE);
    else
        errand_port_died(thread);
    return true;
}

static bool end_some(struct port *port) {
    for (unsigned i = 0; i < ENDED_AT_ONCE; i++) {
        if (end_one(&port->receivers) || end_one(&port->senders) || end_one(&port->waiting)) continue;
        if (list_empty(&port->gone)) return true;
        region_free(container_of(port->gone.next, struct region, link));
    }
    return false;
}

bool port_destroy(struct port *port) {
    object_keep(&port->object); // the last region that names it may go
    port->object.dead = true;
    port_set_timer(port, 0, TIMER_NEVER);
    bool done = end_some(port);
    if (done) {
        list_remove(&port->in_holder);
        port->holder = NULL;
    }
    object_drop(&port->object);
    return done;
}

void port_abandon(struct port *port) {
    port->object.dead = true;
    port->holder = NULL;
    port_set_timer(port, 0, TIMER_NEVER);
    list_remove(&port->in_holder);
    list_add_last(&abandoned, &port->in_holder);
    port_tell_some();
}

bool port_tell_some(void) {
    if (list_empty(&abandoned)) return false;
    struct port *port = container_of(abandoned.next, struct port, in_holder);
    object_keep(&port->object);
    if (end_some(port)) list_remove(&port->in_holder);
    object_drop(&port->object);
    return true;
}

void port_settle(struct port *port) {
    if (port->object.references != 0) return;
    if (!list_empty(&port->receivers) || !list_empty(&port->senders) || !list_empty(&port->waiting) ||
        !list_empty(&port->gone) || port->timer != NULL)
        return;
    list_remove(&port->in_holder);
    pool_give(port);
}

// Something waits that no thread sent: wake a receiver for it.
static void wake_receiver(struct port *port) {
    if (port->object.dead || list_empty(&port->receivers)) return;
    struct thread *receiver = container_of(port->receivers.next, struct thread, link);
    thread_unlink(receiver);
    message_take(port, receiver);
    schedule_ready(receiver);
}

void port_notify(struct port *port, uint64_t bits) {
    port->bits |= bits;
    if (port->bits != 0) wake_receiver(port);
}

void port_tell_gone(struct port *port, struct region *region) {
    list_add_last(&port->gone, &region->link);
    wake_receiver(port);
}

static void ring(struct deadline *deadline) {
    struct port_timer *timer = container_of(deadline, struct port_timer, deadline);
    port_notify(timer->port, timer->bits);
}

bool port_set_timer(struct port *port, uint64_t bits, uint64_t when) {
    if (when == TIMER_NEVER) {
        if (port->timer != NULL) {
            deadline_cancel(&port->timer->deadline);
            pool_give(port->timer);
        }
        port->timer = NULL;
        return true;
    }
    if (port->timer == NULL) port->timer = pool_take(port->holder);
    if (port->timer == NULL) return false;
    port->timer->port = port;
    port->timer->bits = bits;
    deadline_set(&port->timer->deadline, when, ring);
    return true;
}
