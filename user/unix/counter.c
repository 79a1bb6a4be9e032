// SPDX-License-Identifier: MIT
// Counters: Linux's eventfd.
#include "counter.h"

#include "string.h"

enum { COUNTERS = 512 };
#define MOST (UINT64_MAX - 1)

struct counter {
    uint64_t value;
    struct queue queue;
};

static struct counter counters[COUNTERS];
static uint16_t unused[COUNTERS];
static unsigned unused_count;

void counters_begin(void) {
    for (unsigned i = COUNTERS; i > 0; i--) unused[unused_count++] = (uint16_t)(i - 1);
}

static enum unix_error counter_read(struct stream *stream, struct record *asker, char *text, uint64_t *bytes) {
    struct counter *counter = stream->object;
    (void)asker;
    uint64_t value = (stream->flags & UNIX_EACH) != 0 ? 1 : counter->value;
    if (*bytes < sizeof value) return UNIX_BAD_ARGUMENT;
    if (counter->value == 0) return UNIX_NOT_NOW;
    counter->value -= value;
    memcpy(text, &value, sizeof value);
    *bytes = sizeof value;
    queue_moved(&counter->queue);
    return UNIX_OK;
}

static void counter_unread(struct stream *stream, const char *text, uint64_t bytes) {
    uint64_t value;
    (void)bytes;
    memcpy(&value, text, sizeof value);
    ((struct counter *)stream->object)->value += value; // nothing was added since
}

static enum unix_error counter_write(struct stream *stream, struct record *asker, const char *text, uint64_t *bytes,
                                     uint64_t flags) {
    struct counter *counter = stream->object;
    uint64_t value;
    (void)asker, (void)flags;
    if (*bytes < sizeof value) return UNIX_BAD_ARGUMENT;
    memcpy(&value, text, sizeof value);
    if (value == UINT64_MAX) return UNIX_BAD_ARGUMENT;
    if (value > MOST - counter->value) return UNIX_NOT_NOW;
    counter->value += value;
    *bytes = sizeof value;
    queue_moved(&counter->queue);
    return UNIX_OK;
}

static uint32_t counter_ready(struct stream *stream, uint64_t more) {
    const struct counter *counter = stream->object;
    if (more == 0) more = 1;
    return (counter->value != 0 ? UNIX_READABLE : 0) | (more <= MOST - counter->value ? UNIX_WRITABLE : 0);
}

static struct queue *counter_queue(struct stream *stream, bool to_write) {
    (void)to_write;
    return &((struct counter *)stream->object)->queue;
}

static void counter_last(struct stream *stream) {
    struct counter *counter = stream->object;
    queue_end(&counter->queue);
    unused[unused_count++] = (uint16_t)(counter - counters);
}

static const struct stream_kind kind_counter = {.number = UNIX_KIND_COUNTER,
                                                .read = counter_read,
                                                .unread = counter_unread,
                                                .write = counter_write,
                                                .ready = counter_ready,
                                                .queue = counter_queue,
                                                .last = counter_last};

void serve_counter(struct request *request, struct answer *answer) {
    answer->error = UNIX_FULL;
    if (unused_count == 0) return;
    struct counter *counter = &counters[unused[--unused_count]];
    *counter = (struct counter){.value = request->word[0]};
    queue_begin(&counter->queue);
    struct stream stream = {
        .kind = &kind_counter, .flags = (uint32_t)request->word[1] & (UNIX_NONBLOCK | UNIX_EACH), .object = counter};
    answer->error = stream_open(request->asker, &stream, &answer->word[0]);
    if (answer->error != UNIX_OK) counter_last(&stream);
}
