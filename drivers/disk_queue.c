// SPDX-License-Identifier: MIT
// A virtio queue, split: descriptors in runs, what is available to the device, what it has used.
#include "disk_queue.h"

void queue_start(struct queue *queue, struct queue_descriptor *descriptor, struct queue_available *available,
                 struct queue_used *used) {
    *queue = (struct queue){.descriptor = descriptor, .available = available, .used = used, .left = QUEUE_SIZE};
}

// => how many from `first` on are free, up to `count`
static unsigned free_run(const struct queue *queue, unsigned first, unsigned count) {
    unsigned run = 0;
    while (run < count && !queue->taken[first + run]) run++;
    return run;
}

// Behind the last one, because what was taken first is most often given back first; then from the start.
unsigned queue_take(struct queue *queue, unsigned count) {
    if (count > queue->left) return QUEUE_SIZE;
    for (unsigned round = 0, first = queue->hint; round < 2; round++, first = 0) {
        while (first + count <= QUEUE_SIZE) {
            unsigned run = free_run(queue, first, count);
            if (run < count) {
                first += run + 1;
                continue;
            }
            for (unsigned i = 0; i < count; i++) queue->taken[first + i] = true;
            queue->left = (uint16_t)(queue->left - count);
            queue->hint = (uint16_t)(first + count);
            return first;
        }
    }
    return QUEUE_SIZE;
}

void queue_give(struct queue *queue, unsigned first, unsigned count) {
    for (unsigned i = 0; i < count; i++) queue->taken[first + i] = false;
    queue->left = (uint16_t)(queue->left + count);
}

void queue_publish(struct queue *queue, unsigned first) {
    queue->available->first[queue->published++ % QUEUE_SIZE] = (uint16_t)first;
    __atomic_store_n(&queue->available->count, queue->published, __ATOMIC_RELEASE);
}

bool queue_is_sound(const struct queue *queue) {
    uint16_t used = __atomic_load_n(&queue->used->count, __ATOMIC_ACQUIRE);
    return (uint16_t)(used - queue->seen) <= (uint16_t)(queue->published - queue->seen);
}

unsigned queue_collect(struct queue *queue) {
    if (__atomic_load_n(&queue->used->count, __ATOMIC_ACQUIRE) == queue->seen || !queue_is_sound(queue))
        return QUEUE_SIZE;
    uint32_t first = *(volatile uint32_t *)&queue->used->ring[queue->seen % QUEUE_SIZE].first;
    queue->seen++;
    return first < QUEUE_SIZE ? first : QUEUE_SIZE;
}
