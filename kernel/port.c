// SPDX-License-Identifier: MIT
// Ports: where messages meet receivers.
#include "port.h"

#include "fault.h"
#include "interrupt.h"
#include "message.h"
#include "region.h"
#include "schedule.h"

enum { ENDED_AT_ONCE = 32 };

struct port *port_create(struct space *holder) {
    struct port *port = pool_take(holder);
    if (port == NULL) return NULL;
    object_init(&port->object, OBJECT_PORT);
    port->holder = holder;
    struct link *heads[] = {&port->receivers, &port->senders, &port->waiting, &port->gone};
    for (unsigned i = 0; i < sizeof heads / sizeof heads[0]; i++) link_init(heads[i]);
    list_add_last(&holder->ports, &port->in_holder);
    return port;
}

void port_move(struct port *port, struct space *holder) {
    list_remove(&port->in_holder);
    port->holder = holder;
    list_add_last(&holder->ports, &port->in_holder);
}

// Whoever waits here hears that there is nobody any more. => true when all have
static bool end_some(struct port *port) {
    for (unsigned i = 0; i < ENDED_AT_ONCE; i++) {
        struct link *first = list_empty(&port->senders) ? port->waiting.next : port->senders.next;
        struct thread *thread = container_of(first, struct thread, link);
        if (first == &port->waiting && list_empty(&port->gone)) return true;
        if (first == &port->waiting)
            region_free(container_of(port->gone.next, struct region, link));
        else if (thread->state == THREAD_RECEIVING)
            message_fail(thread, STATUS_GONE);
        else
            fault_port_died(thread);
    }
    return false;
}

bool port_destroy(struct port *port) {
    object_keep(&port->object); // the last region that names it may go
    if (!port->object.dead) {
        object_doom(&port->object);
        port->holder = NULL;
        // Straight ways do not ask whether it is dead: it is busy, and without receivers, who end as senders do.
        port->busy = true;
        if (list_empty(&port->senders)) list_add_last(&port->receivers, &port->senders), list_remove(&port->receivers);
        list_take(&port->in_holder);
        port_set_timer(port, 0, TIMER_NEVER);
        if (port->listens) interrupt_forget(port);
    }
    bool done = end_some(port);
    if (done) list_remove(&port->object.doomed);
    object_drop(&port->object);
    return done;
}

void port_settle(struct port *port) {
    if (port->object.references == 0 && list_empty(&port->object.doomed)) pool_give(port);
}

// Something waits that no thread sent: wake a receiver for it.
static void wake_receiver(struct port *port) {
    port->busy = true;
    if (port->object.dead || list_empty(&port->receivers)) return;
    struct thread *receiver = message_receiver(port);
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
    struct port *port = container_of(deadline, struct port, timer);
    port_notify(port, port->timer_bits);
}

void port_set_timer(struct port *port, uint64_t bits, uint64_t when) {
    deadline_cancel(&port->timer);
    port->timer_bits = bits;
    if (when != TIMER_NEVER) deadline_set(&port->timer, when, ring);
}
