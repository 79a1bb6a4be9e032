// SPDX-License-Identifier: MIT
// Ports: where messages meet receivers.
#pragma once

#include "space.h"
#include "timer.h"

struct region;
struct thread;

struct port {
    // Assembler knows the offsets of these (layout.def).
    struct object object;
    bool busy;             // something may wait to be received: set with it, unset by who finds nothing and waits
    bool listens;          // to a device's interrupt
    struct link receivers; // threads that wait in recv
    struct link waiting;   // threads whose message was taken and not answered

    struct space *holder; // who receives from it; NULL when dead
    struct link in_holder;
    struct link senders; // threads whose message nobody took yet
    struct link gone;    // regions that went away
    uint64_t bits;       // notifications
    struct deadline timer;
    uint64_t timer_bits;
};

_Static_assert(sizeof(struct port) <= POOL_OBJECT, "a port is a small object");

struct port *port_create(struct space *holder);
// Nobody can receive from it from now on. A bounded number of those who wait there are told. => true when all are
bool port_destroy(struct port *port);
// Nothing names it any more: free it, unless somebody still waits there.
void port_settle(struct port *port);
// Give the receiving end to another space.
void port_move(struct port *port, struct space *holder);
void port_notify(struct port *port, uint64_t bits);
// Notify it at a time, instead of the time said before.
void port_set_timer(struct port *port, uint64_t bits, uint64_t when);
// A region that pointed to it went away.
void port_tell_gone(struct port *port, struct region *region);

static inline void port_keep(struct port *port) {
    if (port != NULL) object_keep(&port->object);
}

static inline void port_drop(struct port *port) {
    if (port != NULL) object_drop(&port->object);
}
