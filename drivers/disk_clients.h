// SPDX-License-Identifier: MIT
// Who uses which disk: a ring each, a doorbell, a handle to borrow pages by.
#pragma once

#include <os/disk.h>
#include <os/stubs.h>

#include "virtio_block.h"

enum { DISKS = 8, CLIENTS = 48 }; // a bit for each client's doorbell, and one for each disk's interrupt

#define INTERRUPT_BIT(disk) (UINT64_C(1) << (CLIENTS + (disk)))

enum client_state {
    CLIENT_NONE,
    CLIENT_OPENS, // it has no region yet: nobody would hear of its end
    CLIENT_LIVES,
    CLIENT_GONE, // transfers of it are in flight
};

struct disk_client {
    enum client_state state;
    bool waits;    // for descriptors
    bool answered; // it is yet to be notified
    struct disk *disk;
    uint64_t first, sectors; // its part of the disk
    uint64_t cookie, space;
    uint64_t lender, port, bits; // handles: to borrow, to notify
    struct disk_ring *ring;
    uint32_t taken, in_flight, done; // from the line, ever; not answered; answered, ever
};

extern struct disk disks[DISKS];
extern unsigned disk_count;
extern struct disk_client clients[CLIENTS];

// The requests of <os/disk_calls.def>, and the faults and ends of regions of rings. Nothing in them is believed.
// port: our own, with all rights
void clients_serve(const struct message *message, uint64_t port);
void clients_fault(const struct message *message);
void clients_detached(const struct message *message);

// One of its requests has an answer. => its port is to be told: clients_notify()
void client_answer(struct disk_client *client, uint32_t slot, enum os_disk_error error);
// Forgets one that is gone, when nothing of it is in flight.
void client_settle(struct disk_client *client);
// Tells all who have answers.
void clients_notify(void);
