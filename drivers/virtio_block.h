// SPDX-License-Identifier: MIT
// A virtio block device behind memory-mapped registers (virtio 1.0, section 4.2): found, begun, told, heard.
#pragma once

#include <os/disk_ring.h>
#include <os/start_block.h>

#include "disk_queue.h"
#include "partitions.h"

enum block_request { BLOCK_READ, BLOCK_WRITE, BLOCK_FLUSH = 4, BLOCK_NAME = 8 };

enum { BLOCK_DONE, BLOCK_FAILED, BLOCK_UNSUPPORTED }; // what a device answers

// The first piece of a request, and the last, of one byte. Each descriptor has one of its own, in case it is the first.
struct block_header {
    uint32_t type, reserved;
    uint64_t sector;
    uint8_t status, unused[15];
};

enum { BLOCK_HEADER = 16 }; // bytes that the device reads

// What a descriptor stands for, when it is the first of a request of a client's.
struct disk_member {
    uint64_t va, sector; // of the disk
    uint32_t bytes, slot;
    uint16_t pages, data; // pages that it lies in; the descriptor of the first
    uint16_t group;       // the first descriptor of the run
};

// Requests of a client that go to the device together: a run of descriptors, first a header each, then their pages,
// then a status each.
struct disk_group {
    struct disk_client *client;
    uint32_t what;
    uint16_t members, pages;
    uint16_t pending; // chains of it that are yet to be done: 1, while they are joined
    bool joined;      // else it failed, and they go one by one
};

struct disk {
    volatile uint32_t *registers;
    uint64_t source;          // of its interrupt
    uint64_t header, window;  // va of struct block_header[QUEUE_SIZE]; of the page that descriptor 0 would have
    uint64_t header_at[2];    // where the pages of the headers are
    bool flushes;             // it has a cache
    bool broken;              // it did what no device does: everything is an error from now on
    bool rung;                // it is yet to be told of what was published
    bool starved;             // somebody waits for descriptors
    uint64_t in_flight;       // groups
    struct os_disk_seen seen; // its name, size, counters
    struct partition partition[PARTITIONS];
    struct queue queue;
    struct disk_group group[QUEUE_SIZE];   // of the run that begins there
    struct disk_member member[QUEUE_SIZE]; // of the header there
};

// Begins with a device, if it is a disk. => false: it is none, or cannot be used, and it has been said why
bool block_begin(struct disk *disk, const struct os_device *device);

// The device is told of what was published since.
void block_ring(struct disk *disk);
// It hears that its interrupt has been heard. => false: it needs to be begun anew
bool block_hear(struct disk *disk);
// It forgets all that it was told.
void block_reset(struct disk *disk);

// The chain that begins at the descriptor `header`, with the data in descriptors that are filled in, `pages` of them
// from `data` on, and a status at `status`.
void block_publish(struct disk *disk, unsigned header, unsigned data, unsigned pages, unsigned status, uint32_t type,
                   uint64_t sector);
static inline struct block_header *block_header(const struct disk *disk, unsigned index) {
    return (struct block_header *)disk->header + index;
}
