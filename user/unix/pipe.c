// SPDX-License-Identifier: MIT
// Pipes, and pairs, which are two of them: bytes in up to sixteen pages.
#include "pipe.h"

#include "pages.h"
#include "string.h"

enum { PAGE = 4096, PIPE_PAGES = 16, PIPES = 1024 };

// Flags of a pair's stream.
#define PAIR_READS_NOT  0x10000u
#define PAIR_WRITES_NOT 0x20000u

struct pipe {
    uint64_t page[PIPE_PAGES]; // a ring
    uint64_t pages;            // that it has
    uint64_t first;            // in the ring: not given back
    uint64_t read, written;    // bytes, since it was empty last
    uint32_t readers, writers; // streams
    uint32_t came[2];          // of a fifo: who has opened it to read, to write
    uint64_t name;             // of a fifo; 0: it is none
    struct queue for_bytes, for_room;
};

static struct pipe pipes[PIPES];
static uint16_t unused[PIPES];
static unsigned unused_count;

void pipes_begin(void) {
    for (unsigned i = PIPES; i > 0; i--) unused[unused_count++] = (uint16_t)(i - 1);
}

static struct pipe *make(void) {
    if (unused_count == 0 || !pages_promise()) return NULL;
    struct pipe *pipe = &pipes[unused[--unused_count]];
    *pipe = (struct pipe){.readers = 1, .writers = 1};
    queue_begin(&pipe->for_bytes);
    queue_begin(&pipe->for_room);
    return pipe;
}

static void give(struct pipe *pipe, uint64_t number) {
    uint64_t *page = &pipe->page[number % PIPE_PAGES];
    pages_give(*page, --pipe->pages == 0);
    *page = 0;
}

static void end(struct pipe *pipe) {
    for (uint64_t i = 0; i < PIPE_PAGES; i++) {
        if (pipe->page[i] != 0) give(pipe, i);
    }
    pages_release();
    queue_end(&pipe->for_bytes);
    queue_end(&pipe->for_room);
    pipe->name = 0;
    unused[unused_count++] = (uint16_t)(pipe - pipes);
}

static uint64_t waiting(const struct pipe *pipe) { return pipe->written - pipe->read; }

// A page can be written again when all of it has been read, as in Linux.
static uint64_t room(const struct pipe *pipe) {
    uint64_t read = waiting(pipe) == 0 ? pipe->written : pipe->read;
    return (read / PAGE + PIPE_PAGES) * PAGE - pipe->written;
}

static bool has_room(const struct pipe *pipe, uint64_t bytes) {
    uint64_t at = pipe->written % PAGE, pages = (at + bytes + PAGE - 1) / PAGE - (at != 0 ? 1 : 0);
    if (waiting(pipe) == 0) return true;
    return room(pipe) >= bytes && (pages == 0 || pages_left() >= pages);
}

// What was read stays until the next is: it may have reached nobody. => the pages that are read are given back
static void settle(struct pipe *pipe) {
    if (waiting(pipe) == 0 && pipe->pages > 0 && pipe->written > 0) {
        uint64_t last = (pipe->written - 1) / PAGE, page = pipe->page[last % PIPE_PAGES];
        for (; pipe->first < last; pipe->first++) give(pipe, pipe->first);
        pipe->page[last % PIPE_PAGES] = 0;
        pipe->page[0] = page;
        pipe->first = pipe->read = pipe->written = 0;
    }
    for (; pipe->first < pipe->read / PAGE; pipe->first++) give(pipe, pipe->first);
}

// => how many fit: less than there is room for when the server is short of pages
static uint64_t put(struct pipe *pipe, const char *from, uint64_t bytes) {
    uint64_t done = 0;
    settle(pipe);
    if (bytes > room(pipe)) bytes = room(pipe);
    while (done < bytes) {
        uint64_t *page = &pipe->page[pipe->written / PAGE % PIPE_PAGES], at = pipe->written % PAGE;
        uint64_t some = bytes - done < PAGE - at ? bytes - done : PAGE - at;
        if (*page == 0) {
            *page = pages_take(pipe->pages == 0);
            if (*page == 0) break;
            pipe->pages++;
        }
        memcpy((char *)*page + at, from + done, some);
        pipe->written += some;
        done += some;
    }
    return done;
}

static uint64_t get(struct pipe *pipe, char *to, uint64_t bytes) {
    uint64_t done = 0;
    settle(pipe);
    if (bytes > waiting(pipe)) bytes = waiting(pipe);
    while (done < bytes) {
        uint64_t at = pipe->read % PAGE, some = bytes - done < PAGE - at ? bytes - done : PAGE - at;
        memcpy(to + done, (const char *)pipe->page[pipe->read / PAGE % PIPE_PAGES] + at, some);
        pipe->read += some;
        done += some;
    }
    return done;
}

static enum unix_error read_from(struct pipe *pipe, char *text, uint64_t *bytes) {
    if (*bytes == 0) return UNIX_OK;
    if (waiting(pipe) == 0 && pipe->writers != 0) return UNIX_NOT_NOW;
    *bytes = get(pipe, text, *bytes);
    if (*bytes != 0) queue_moved(&pipe->for_room);
    return UNIX_OK;
}

static enum unix_error write_to(struct pipe *pipe, const char *text, uint64_t *bytes, bool whole) {
    if (pipe->readers == 0) return UNIX_BROKEN;
    if (*bytes == 0) return UNIX_OK;
    if (whole && !has_room(pipe, *bytes)) return UNIX_NOT_NOW;
    *bytes = put(pipe, text, *bytes);
    if (*bytes == 0) return UNIX_NOT_NOW;
    queue_moved(&pipe->for_bytes);
    return UNIX_OK;
}

static void put_back(struct pipe *pipe, uint64_t bytes) { pipe->read -= bytes; }

// One side is closed, by the last who had it.
static void leave(struct pipe *pipe, bool to_write) {
    if (to_write)
        pipe->writers--;
    else
        pipe->readers--;
    if (pipe->writers == 0) queue_moved(&pipe->for_bytes);
    if (pipe->readers == 0) queue_moved(&pipe->for_room);
}

static void leave_finally(struct pipe *pipe) {
    if (pipe->readers == 0 && pipe->writers == 0) end(pipe);
}

// => events of who reads from it; of who writes to it
static uint32_t ready_to_read(const struct pipe *pipe) {
    return (waiting(pipe) != 0 ? UNIX_READABLE : 0) | (pipe->writers == 0 ? UNIX_HUNG_UP : 0);
}

static uint32_t ready_to_write(const struct pipe *pipe, uint64_t bytes) {
    uint64_t whole = (PAGE - pipe->written % PAGE) % PAGE + PAGE; // to the end of a page that is not begun
    bool may = bytes != 0 ? has_room(pipe, bytes) : waiting(pipe) == 0 || room(pipe) >= whole;
    return (may ? UNIX_WRITABLE : 0) | (pipe->readers == 0 ? UNIX_FAILED : 0);
}

// ---- a pipe's two streams: the object is the pipe ----

static enum unix_error pipe_read(struct stream *stream, struct record *asker, char *text, uint64_t *bytes) {
    (void)asker;
    return read_from(stream->object, text, bytes);
}

static void pipe_unread(struct stream *stream, const char *text, uint64_t bytes) {
    (void)text;
    put_back(stream->object, bytes);
}

static enum unix_error pipe_write(struct stream *stream, struct record *asker, const char *text, uint64_t *bytes,
                                  uint64_t flags) {
    (void)asker;
    return write_to(stream->object, text, bytes, (flags & UNIX_WHOLE) != 0);
}

static uint32_t reader_ready(struct stream *stream, uint64_t bytes) {
    (void)bytes;
    return ready_to_read(stream->object);
}

static uint32_t writer_ready(struct stream *stream, uint64_t bytes) { return ready_to_write(stream->object, bytes); }

static struct queue *pipe_queue(struct stream *stream, bool to_write) {
    struct pipe *pipe = stream->object;
    return to_write ? &pipe->for_room : &pipe->for_bytes;
}

static struct queue *reader_queue(struct stream *stream, bool to_write) {
    (void)to_write;
    return pipe_queue(stream, false);
}

static struct queue *writer_queue(struct stream *stream, bool to_write) {
    (void)to_write;
    return pipe_queue(stream, true);
}

static void tell_of(const struct pipe *pipe, uint64_t what, struct answer *answer) {
    answer->error = UNIX_OK;
    if (what == UNIX_CONTROL_waiting)
        answer->word[0] = waiting(pipe);
    else if (what == UNIX_CONTROL_room)
        answer->word[0] = PIPE_PAGES * PAGE;
    else
        answer->error = UNIX_UNSUPPORTED;
}

static void pipe_control(struct stream *stream, struct record *asker, uint64_t what, uint64_t value,
                         struct answer *answer) {
    const struct pipe *pipe = stream->object;
    (void)asker, (void)value;
    tell_of(pipe, what, answer);
    if (what != UNIX_CONTROL_came) return;
    answer->error = UNIX_OK;
    answer->word[0] = pipe->came[stream->kind->write == NULL ? 1 : 0];
}

static void reader_last(struct stream *stream) {
    leave(stream->object, false);
    leave_finally(stream->object);
}

static void writer_last(struct stream *stream) {
    leave(stream->object, true);
    leave_finally(stream->object);
}

static const struct stream_kind kind_reader = {.number = UNIX_KIND_PIPE,
                                               .read = pipe_read,
                                               .unread = pipe_unread,
                                               .ready = reader_ready,
                                               .queue = reader_queue,
                                               .control = pipe_control,
                                               .last = reader_last};
static const struct stream_kind kind_writer = {.number = UNIX_KIND_PIPE,
                                               .write = pipe_write,
                                               .ready = writer_ready,
                                               .queue = writer_queue,
                                               .control = pipe_control,
                                               .last = writer_last};

// ---- a fifo: a pipe that is found by its name; its streams are a pipe's, or this one, which does both ----

static uint32_t fifo_ready(struct stream *stream, uint64_t bytes) {
    return ready_to_read(stream->object) | ready_to_write(stream->object, bytes);
}

static void fifo_last(struct stream *stream) {
    leave(stream->object, false);
    writer_last(stream);
}

static const struct stream_kind kind_fifo = {.number = UNIX_KIND_PIPE,
                                             .read = pipe_read,
                                             .unread = pipe_unread,
                                             .write = pipe_write,
                                             .ready = fifo_ready,
                                             .queue = pipe_queue,
                                             .control = pipe_control,
                                             .last = fifo_last};

static struct pipe *fifo_of(uint64_t name) {
    for (struct pipe *pipe = pipes; pipe < pipes + PIPES; pipe++)
        if (pipe->name == name) return pipe;
    struct pipe *pipe = make();
    if (pipe == NULL) return NULL;
    pipe->name = name;
    pipe->readers = pipe->writers = 0;
    return pipe;
}

void serve_fifo(struct request *request, struct answer *answer) {
    bool reads = (request->word[1] & 1) != 0, writes = (request->word[1] & 2) != 0;
    struct pipe *pipe = request->word[0] != 0 && (reads || writes) ? fifo_of(request->word[0]) : NULL;
    answer->error = UNIX_FULL;
    if (pipe == NULL) return;
    const struct stream stream = {.kind = !writes  ? &kind_reader
                                          : !reads ? &kind_writer
                                                   : &kind_fifo,
                                  .flags = (uint32_t)request->word[2] & UNIX_NONBLOCK,
                                  .object = pipe};
    answer->word[1] = reads ? pipe->writers : pipe->readers;
    answer->word[2] = pipe->came[reads ? 1 : 0];
    if (reads) pipe->readers++;
    if (writes) pipe->writers++;
    answer->error = stream_open(request->asker, &stream, &answer->word[0]);
    if (answer->error != UNIX_OK) {
        struct stream undone = stream;
        undone.kind->last(&undone);
        return;
    }
    if (reads) pipe->came[0]++;
    if (writes) pipe->came[1]++;
}

// It has not come about.
static void stream_undo(const struct stream *model) {
    struct stream stream = *model;
    stream.kind->last(&stream);
}

// Two numbers, or none.
static void open_two(struct request *request, const struct stream *first, const struct stream *second,
                     struct answer *answer) {
    answer->error = stream_open(request->asker, first, &answer->word[0]);
    if (answer->error != UNIX_OK) {
        stream_undo(first);
        stream_undo(second);
        return;
    }
    answer->error = stream_open(request->asker, second, &answer->word[1]);
    if (answer->error == UNIX_OK) return;
    stream_undo(second);
    stream_close(request->asker, answer->word[0]);
}

void serve_pipe(struct request *request, struct answer *answer) {
    uint32_t flags = (uint32_t)request->word[0] & UNIX_NONBLOCK;
    struct pipe *pipe = make();
    answer->error = UNIX_FULL;
    if (pipe == NULL) return;
    const struct stream reader = {.kind = &kind_reader, .flags = flags, .object = pipe};
    const struct stream writer = {.kind = &kind_writer, .flags = flags, .object = pipe};
    open_two(request, &reader, &writer, answer);
}

// ---- a pair: each reads from the object, and writes to the other's ----

static struct pipe *other_of(const struct stream *stream) { return &pipes[stream->word]; }

static enum unix_error pair_write(struct stream *stream, struct record *asker, const char *text, uint64_t *bytes,
                                  uint64_t flags) {
    (void)asker;
    if ((stream->flags & PAIR_WRITES_NOT) != 0) return UNIX_BROKEN;
    return write_to(other_of(stream), text, bytes, (flags & UNIX_WHOLE) != 0);
}

static uint32_t pair_ready(struct stream *stream, uint64_t bytes) {
    uint32_t to_read = ready_to_read(stream->object), to_write = ready_to_write(other_of(stream), bytes);
    uint32_t events = (to_read & UNIX_READABLE) | (to_write & UNIX_WRITABLE);
    if ((to_read & UNIX_HUNG_UP) != 0) events |= UNIX_READABLE | UNIX_HALF;
    if ((to_write & UNIX_FAILED) != 0) events |= UNIX_WRITABLE;
    if ((to_read & UNIX_HUNG_UP) != 0 && (to_write & UNIX_FAILED) != 0) events |= UNIX_HUNG_UP;
    return events;
}

static struct queue *pair_queue(struct stream *stream, bool to_write) {
    return to_write ? &other_of(stream)->for_room : &((struct pipe *)stream->object)->for_bytes;
}

// Of its own doing, once for each side: reading, writing.
static void shut(struct stream *stream, bool to_read, bool to_write) {
    if (to_read && (stream->flags & PAIR_READS_NOT) == 0) leave(stream->object, false);
    if (to_write && (stream->flags & PAIR_WRITES_NOT) == 0) leave(other_of(stream), true);
    stream->flags |= (to_read ? PAIR_READS_NOT : 0) | (to_write ? PAIR_WRITES_NOT : 0);
}

static void pair_control(struct stream *stream, struct record *asker, uint64_t what, uint64_t value,
                         struct answer *answer) {
    (void)asker;
    answer->error = value > 2 ? UNIX_BAD_ARGUMENT : UNIX_OK;
    if (what != UNIX_CONTROL_shut)
        tell_of(stream->object, what, answer);
    else if (answer->error == UNIX_OK)
        shut(stream, value != 1, value != 0);
}

static enum unix_error pair_read(struct stream *stream, struct record *asker, char *text, uint64_t *bytes) {
    (void)asker;
    bool is_over = (stream->flags & PAIR_READS_NOT) != 0;
    enum unix_error error = read_from(stream->object, text, bytes);
    if (error != UNIX_NOT_NOW || !is_over) return error;
    *bytes = 0;
    return UNIX_OK;
}

static void pair_last(struct stream *stream) {
    struct pipe *other = other_of(stream);
    shut(stream, true, true);
    leave_finally(stream->object);
    leave_finally(other);
}

static const struct stream_kind kind_pair = {.number = UNIX_KIND_PAIR,
                                             .read = pair_read,
                                             .unread = pipe_unread,
                                             .write = pair_write,
                                             .ready = pair_ready,
                                             .queue = pair_queue,
                                             .control = pair_control,
                                             .last = pair_last};

void serve_pair(struct request *request, struct answer *answer) {
    uint32_t flags = (uint32_t)request->word[0] & UNIX_NONBLOCK;
    struct pipe *one = make(), *other = one != NULL ? make() : NULL;
    answer->error = UNIX_FULL;
    if (other == NULL) {
        if (one != NULL) end(one);
        return;
    }
    const struct stream first = {.kind = &kind_pair, .flags = flags, .object = one, .word = (uint64_t)(other - pipes)};
    const struct stream second = {.kind = &kind_pair, .flags = flags, .object = other, .word = (uint64_t)(one - pipes)};
    open_two(request, &first, &second, answer);
}
