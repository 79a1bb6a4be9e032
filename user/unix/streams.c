// SPDX-License-Identifier: MIT
// Streams, by number: what is the same for all kinds.
#include "streams.h"

#include <os/threads.h>

#include "string.h"

static struct stream streams[STREAMS];
static uint16_t unused[STREAMS];
static unsigned unused_count;

_Static_assert(STREAMS < UINT16_MAX, "a record has indexes of 16 bits");

void streams_begin(void) {
    for (unsigned i = STREAMS; i > 0; i--) unused[unused_count++] = (uint16_t)(i - 1);
}

static struct stream *of_index(uint16_t index) { return &streams[index - 1]; }

struct stream *stream_find(const struct record *asker, uint64_t number) {
    if (number >= asker->streams_end || asker->stream[number] == 0) return NULL;
    return of_index(asker->stream[number]);
}

enum unix_error stream_open(struct record *asker, const struct stream *model, uint64_t *number) {
    uint64_t free = 0;
    while (free < asker->streams_end && asker->stream[free] != 0) free++;
    if (free == UNIX_STREAMS) return UNIX_TOO_MANY;
    if (unused_count == 0) return UNIX_FULL;
    struct stream *stream = &streams[unused[--unused_count]];
    *stream = *model;
    stream->uses = 1;
    asker->stream[free] = (uint16_t)(stream - streams + 1);
    if (free == asker->streams_end) asker->streams_end++;
    asker->streams_count++;
    *number = free;
    return UNIX_OK;
}

void stream_drop(struct stream *stream) {
    if (--stream->uses != 0) return;
    stream->kind->last(stream);
    stream->kind = NULL;
    unused[unused_count++] = (uint16_t)(stream - streams);
}

void stream_close(struct record *asker, uint64_t number) {
    struct stream *stream = of_index(asker->stream[number]);
    asker->stream[number] = 0;
    asker->streams_count--;
    while (asker->streams_end > 0 && asker->stream[asker->streams_end - 1] == 0) asker->streams_end--;
    stream_drop(stream);
}

void streams_copy(const struct record *parent, struct record *child) {
    child->streams_end = parent->streams_end;
    child->streams_count = parent->streams_count;
    for (uint32_t i = 0; i < parent->streams_end; i++) {
        child->stream[i] = parent->stream[i];
        if (parent->stream[i] != 0) of_index(parent->stream[i])->uses++;
    }
}

void streams_end(struct record *record) {
    while (record->streams_end > 0) stream_close(record, record->streams_end - 1);
}

// ---- what all kinds can do ----

void stream_read(struct stream *stream, struct record *asker, uint64_t bytes, struct answer *answer) {
    answer->error = UNIX_WRONG_WAY;
    if (stream->kind->read == NULL) return;
    if (bytes > UNIX_TEXT_MOST) bytes = UNIX_TEXT_MOST;
    char *text = bytes <= UNIX_WORDS_MOST ? (char *)&answer->word[1] : os_self()->message;
    answer->error = stream->kind->read(stream, asker, text, &bytes);
    if (answer->error != UNIX_OK) return;
    answer->word[0] = bytes;
    if (bytes > UNIX_WORDS_MOST)
        answer->size = bytes;
    else if (text == os_self()->message)
        memcpy(&answer->word[1], text, UNIX_WORDS_MOST);
}

void stream_unread(struct stream *stream, const struct answer *answer) {
    if (answer->error == UNIX_OK && stream->kind->unread != NULL)
        stream->kind->unread(stream, answer->size != 0 ? os_self()->message : (const char *)&answer->word[1],
                             answer->word[0]);
}

void stream_await(struct stream *stream, uint64_t events, uint64_t room, struct answer *answer) {
    answer->word[0] = stream->kind->ready(stream, room) & (events | UNIX_FAILED | UNIX_HUNG_UP);
    answer->error = answer->word[0] != 0 ? UNIX_OK : UNIX_NOT_NOW;
}

void stream_control(struct stream *stream, struct record *asker, uint64_t what, uint64_t value, struct answer *answer) {
    answer->error = UNIX_OK;
    if (what == UNIX_CONTROL_kind) {
        answer->word[0] = stream->kind->number;
        return;
    }
    answer->error = UNIX_UNSUPPORTED;
    if (stream->kind->control != NULL) stream->kind->control(stream, asker, what, value, answer);
}

// ---- the requests ----

static struct stream *named(const struct request *request, struct answer *answer) {
    struct stream *stream = stream_find(request->asker, request->word[0]);
    if (stream == NULL) answer->error = UNIX_NOT_OPEN;
    return stream;
}

static bool may_wait(const struct stream *stream, uint64_t flags, uint64_t turn) {
    return turn != 0 && (stream->flags & UNIX_NONBLOCK) == 0 && (flags & UNIX_NOW) == 0;
}

void serve_read(struct request *request, struct answer *answer) {
    struct stream *stream = named(request, answer);
    if (stream == NULL) return;
    answer->word[0] = stream->flags;
    stream_read(stream, request->asker, request->word[1], answer);
    if (answer->error == UNIX_NOT_NOW && may_wait(stream, request->word[2], request->word[3]))
        listener_park(request, request->word[3], PARKED_READ, stream->kind->queue(stream, false), stream, answer);
}

void serve_write(struct request *request, struct answer *answer) {
    struct stream *stream = named(request, answer);
    uint64_t bytes = request->size != 0 ? request->size : request->word[1] >> 32;
    const char *text = request->size != 0 ? os_self()->message : (const char *)&request->word[2];
    if (stream == NULL) return;
    answer->error = UNIX_BAD_ARGUMENT;
    if (request->size == 0 && bytes > UNIX_WORDS_MOST) return;
    answer->error = UNIX_WRONG_WAY;
    if (stream->kind->write == NULL) return;
    answer->error = stream->kind->write(stream, request->asker, text, &bytes, request->word[1]);
    answer->word[0] = answer->error == UNIX_OK ? bytes : stream->flags;
}

void serve_await(struct request *request, struct answer *answer) {
    struct stream *stream = named(request, answer);
    if (stream == NULL) return;
    stream_await(stream, request->word[1], request->word[2], answer);
    bool to_write = (request->word[1] & UNIX_WRITABLE) != 0;
    if (answer->error == UNIX_NOT_NOW && request->word[3] != 0)
        listener_park(request, request->word[3], PARKED_AWAIT, stream->kind->queue(stream, to_write), stream, answer);
}

void serve_ready(struct request *request, struct answer *answer) {
    struct stream *stream = named(request, answer);
    uint64_t events = request->word[1];
    if (stream == NULL) return;
    struct listener *listener = request->word[2] != 0 ? listener_find(request, request->word[2]) : NULL;
    if (listener != NULL && (request->word[3] & UNIX_AFRESH) != 0) listener_unsubscribe(listener);
    stream_await(stream, events, 0, answer);
    if (answer->error == UNIX_OK) return;
    answer->error = UNIX_OK;
    if (listener == NULL) return;
    struct queue *to_read = stream->kind->queue(stream, false), *to_write = stream->kind->queue(stream, true);
    bool has_room = listener_subscribe(listener, to_read) &&
                    (to_write == to_read || (events & UNIX_WRITABLE) == 0 || listener_subscribe(listener, to_write));
    if (!has_room) answer->error = UNIX_FULL;
}

void serve_close(struct request *request, struct answer *answer) {
    if (named(request, answer) != NULL) stream_close(request->asker, request->word[0]);
}

void serve_flags(struct request *request, struct answer *answer) {
    struct stream *stream = named(request, answer);
    if (stream == NULL) return;
    uint32_t which = (uint32_t)request->word[1] & (UNIX_NONBLOCK | UNIX_ASYNC);
    stream->flags = (stream->flags & ~which) | ((uint32_t)request->word[2] & which);
    answer->word[0] = stream->flags;
}

void serve_control(struct request *request, struct answer *answer) {
    struct stream *stream = named(request, answer);
    if (stream == NULL) return;
    stream_control(stream, request->asker, request->word[1], request->word[2], answer);
    if (answer->error == UNIX_NOT_NOW && request->word[3] != 0)
        listener_park(request, request->word[3], PARKED_CONTROL, stream->kind->queue(stream, true), stream, answer);
}
