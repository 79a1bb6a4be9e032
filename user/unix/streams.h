// SPDX-License-Identifier: MIT
// Streams: what processes have open under numbers of their own. One is shared by all who have it from the same opening;
// it goes with the last of them.
#pragma once

#include "answers.h"
#include "listeners.h"
#include "records.h"

enum { STREAMS = 4096 };

struct stream;

// None of these waits. The text of what is read or written is at `text`.
struct stream_kind {
    enum unix_stream_kind number;
    // => UNIX_OK and how many of *bytes; NOT_NOW; or why not. flags: UNIX_WHOLE, UNIX_ANYWAY. Without: WRONG_WAY
    enum unix_error (*read)(struct stream *stream, struct record *asker, char *text, uint64_t *bytes);
    // What was read last reached nobody.
    void (*unread)(struct stream *stream, const char *text, uint64_t bytes);
    enum unix_error (*write)(struct stream *stream, struct record *asker, const char *text, uint64_t *bytes,
                             uint64_t flags);
    // => events. room: bytes to write of which UNIX_WRITABLE speaks; 0: any that wait for it may go on
    uint32_t (*ready)(struct stream *stream, uint64_t room);
    // Where those wait who want to read, or to write.
    struct queue *(*queue)(struct stream *stream, bool to_write);
    // What only this kind can do. NOT_NOW: it is tried again when the queue moves of those who want to write
    void (*control)(struct stream *stream, struct record *asker, uint64_t what, uint64_t value, struct answer *answer);
    // Nobody has it any more.
    void (*last)(struct stream *stream);
};

struct stream {
    const struct stream_kind *kind; // NULL: unused
    uint32_t uses, flags;
    void *object;  // the kind's
    uint64_t word; // the kind's
};

void streams_begin(void);

// Each with a number of the asker's. => 0, or why not; nothing is made then
enum unix_error stream_open(struct record *asker, const struct stream *model, uint64_t *number);
// What the asker has under a number. => NULL: nothing
struct stream *stream_find(const struct record *asker, uint64_t number);
// The numbers are the same in the child.
void streams_copy(const struct record *parent, struct record *child);
void stream_close(struct record *asker, uint64_t number);
void streams_end(struct record *record);
// One who has it less.
void stream_drop(struct stream *stream);

// For who is parked: as the requests of these names, but they never park.
void stream_read(struct stream *stream, struct record *asker, uint64_t bytes, struct answer *answer);
void stream_unread(struct stream *stream, const struct answer *answer);
void stream_await(struct stream *stream, uint64_t events, uint64_t room, struct answer *answer);
void stream_control(struct stream *stream, struct record *asker, uint64_t what, uint64_t value, struct answer *answer);
