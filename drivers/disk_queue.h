// SPDX-License-Identifier: MIT
// A virtio queue, split: descriptors in runs, what is available to the device, what it has used. Pure: the memory is
// given, and nobody is told here.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { QUEUE_SIZE = 256 };

enum queue_flag { QUEUE_NEXT = 1, QUEUE_WRITTEN = 2 }; // another follows; the device writes there

struct queue_descriptor {
    uint64_t at; // physical
    uint32_t size;
    uint16_t flags, next;
};

struct queue_available {
    uint16_t flags, count;
    uint16_t first[QUEUE_SIZE];
};

struct queue_used {
    uint16_t flags, count; // flags: QUEUE_SILENT, the device looks by itself
    struct {
        uint32_t first, written;
    } ring[QUEUE_SIZE];
};

enum { QUEUE_SILENT = 1 };

struct queue {
    struct queue_descriptor *descriptor; // [QUEUE_SIZE]
    struct queue_available *available;
    struct queue_used *used;
    uint16_t published, seen; // how many, ever
    uint16_t left, hint;      // free descriptors; where the last run ended
    bool taken[QUEUE_SIZE];
};

// The pages are zero.
void queue_start(struct queue *queue, struct queue_descriptor *descriptor, struct queue_available *available,
                 struct queue_used *used);

// So many descriptors in a row. => the first; QUEUE_SIZE: there are not as many
unsigned queue_take(struct queue *queue, unsigned count);
void queue_give(struct queue *queue, unsigned first, unsigned count);

// The next descriptor of a chain; `next`: where it goes on, QUEUE_SIZE: nowhere.
static inline void queue_fill(struct queue *queue, unsigned index, uint64_t at, uint32_t size, unsigned next,
                              bool written) {
    uint16_t flags = (uint16_t)((next < QUEUE_SIZE ? QUEUE_NEXT : 0) | (written ? QUEUE_WRITTEN : 0));
    queue->descriptor[index] = (struct queue_descriptor){at, size, flags, (uint16_t)(next % QUEUE_SIZE)};
}

// The device may have the chain.
void queue_publish(struct queue *queue, unsigned first);

// The next chain that the device has done. => QUEUE_SIZE: there is none now, or it has gone mad: queue_is_sound()
unsigned queue_collect(struct queue *queue);
// Has the device used no more than it was given?
bool queue_is_sound(const struct queue *queue);
