// SPDX-License-Identifier: MIT
// Streams of the server `unix` as the program's files. `number` is the stream's, `word` its enum unix_stream_kind.
#include "linux_stream.h"

#include <os/process.h>
#include <os/threads.h>
#include <os/time.h>

#include "linux_call.h"
#include "linux_errors.h"
#include "linux_process.h"
#include "linux_server.h"
#include "linux_signal.h"
#include "linux_thread.h"
#include "linux_user.h"

enum {
    MODE_PIPE = 010600,
    MODE_SOCKET = 0140777,
    MODE_OTHER = 0600,
    PAGE_SIZE = 4096,
    DEVICE_PIPES = 13,
    CONTROL_WAITING = 0x541b,
    COMMAND_SET_PIPE = 1031,
    COMMAND_GET_PIPE = 1032,
    FAMILY_UNIX = 1,
    TYPE_STREAM = 1,
    TYPE_MASK = 0xf,
    COUNTER_EACH = 1,
    COUNTER_BYTES = 8,
    LOOK_EVERY = 5000, // microseconds, for the other side of a fifo
};

static uint32_t to_flags(uint32_t flags) { return (flags & O_NONBLOCK) != 0 ? UNIX_NONBLOCK : 0; }

// NOT_NOW tells the stream's flags.
static bool must_not_wait(const struct message *answer) { return (answer->word[1] & UNIX_NONBLOCK) != 0; }

static enum unix_error read_some(const struct linux_file *file, uint64_t size, bool waits, struct message *answer) {
    if (!waits) return server_ask(UNIX_CALL_read, 0, file->number, size, UNIX_NOW, answer);
    // The first time it asks a thread has no turn to be told by.
    if (linux_self()->listener == 0) {
        enum unix_error error = server_ask(UNIX_CALL_read, 0, file->number, size, 0, answer);
        if (error != UNIX_NOT_NOW || must_not_wait(answer)) return error;
    }
    return server_wait(UNIX_CALL_read, 0, file->number, size, 0, answer);
}

static int64_t stream_read(struct linux_file *file, uint64_t to, uint64_t size, uint64_t offset) {
    uint64_t done = 0, some, found;
    (void)offset;
    if (size == 0) return 0;
    server_may_wait();
    do {
        struct message answer;
        some = size - done < UNIX_TEXT_MOST ? size - done : UNIX_TEXT_MOST;
        enum unix_error error = read_some(file, some, done == 0, &answer);
        if (error == UNIX_INTERRUPTED) return -EINTR;
        if (error != UNIX_OK && done == 0) {
            server_has_waited();
            return server_error(error);
        }
        found = error == UNIX_OK && answer.word[1] <= some ? answer.word[1] : 0;
        if (found != 0 && !user_write(to + done, server_bytes(&answer), found)) {
            if (done == 0) server_has_waited();
            return done != 0 ? (int64_t)done : -EFAULT;
        }
        done += found;
    } while (found == UNIX_TEXT_MOST && done < size);
    server_has_waited();
    return (int64_t)done;
}

static int64_t broken(uint64_t done) {
    struct linux_cause cause = {.code = CODE_USER, .process = os_start->process};
    linux_signal_send(linux_self(), SIGNAL_PIPE, &cause);
    return done != 0 ? (int64_t)done : -EPIPE;
}

// Few bytes go in words, which is much the cheaper way. => false: they are not there
static bool write_some(const struct linux_file *file, uint64_t from, uint64_t size, uint64_t flags,
                       struct message *answer, enum unix_error *error) {
    uint64_t word[2] = {0};
    bool is_small = size <= sizeof word;
    if (!user_read(is_small ? (void *)word : os_self()->message, from, size)) return false;
    if (is_small) flags |= UNIX_IN_WORDS(size);
    *error = os_unix_ask(UNIX_CALL_write, is_small ? 0 : size, file->number, flags, word[0], word[1], answer);
    if (*error != UNIX_GONE && TAG_LABEL(answer->tag) == UNIX_TAKE) process_must_take();
    return true;
}

static int64_t stream_write(struct linux_file *file, uint64_t from, uint64_t size, uint64_t offset) {
    uint64_t done = 0, whole = size <= UNIX_TEXT_MOST ? UNIX_WHOLE : 0;
    (void)offset;
    server_may_wait();
    while (done < size) {
        struct message answer;
        uint64_t some = size - done < UNIX_TEXT_MOST ? size - done : UNIX_TEXT_MOST;
        enum unix_error error;
        if (!write_some(file, from + done, some, whole, &answer, &error)) {
            server_has_waited();
            return done != 0 ? (int64_t)done : -EFAULT;
        }
        if (error == UNIX_NOT_NOW && must_not_wait(&answer)) {
            server_has_waited();
            return done != 0 ? (int64_t)done : -EAGAIN;
        }
        if (error == UNIX_OK && answer.word[1] <= some) {
            done += answer.word[1];
            continue;
        }
        if (error == UNIX_NOT_NOW) // until there is room; then it is tried again
            error = server_wait(UNIX_CALL_await, 0, file->number, UNIX_WRITABLE, whole != 0 ? some : 1, &answer);
        if (error == UNIX_OK) continue;
        if (error == UNIX_INTERRUPTED && done == 0) return -EINTR;
        server_has_waited();
        if (error == UNIX_BROKEN) return broken(done);
        return done != 0 ? (int64_t)done : server_error(error);
    }
    server_has_waited();
    return (int64_t)done;
}

// A counter is written to by numbers: what it cannot add it waits for by their size.
static int64_t counter_write(struct linux_file *file, uint64_t from, uint64_t size, uint64_t offset) {
    uint64_t value;
    (void)offset;
    if (size < COUNTER_BYTES) return -EINVAL;
    server_may_wait();
    for (;;) {
        struct message answer;
        if (!user_read(&value, from, sizeof value)) return -EFAULT;
        enum unix_error error =
            server_ask(UNIX_CALL_write, 0, file->number, UNIX_WHOLE | UNIX_IN_WORDS(sizeof value), value, &answer);
        bool waits = error == UNIX_NOT_NOW && !must_not_wait(&answer);
        if (waits) error = server_wait(UNIX_CALL_await, 0, file->number, UNIX_WRITABLE, value, &answer);
        if (waits && error == UNIX_OK) continue;
        if (error == UNIX_INTERRUPTED) return -EINTR;
        server_has_waited();
        return error == UNIX_OK ? COUNTER_BYTES : server_error(error);
    }
}

static int64_t stream_stat(struct linux_file *file, struct linux_stat *stat) {
    stat->device = DEVICE_PIPES;
    stat->inode = file->number + 1;
    stat->mode = file->word == UNIX_KIND_PIPE ? MODE_PIPE : file->word == UNIX_KIND_PAIR ? MODE_SOCKET : MODE_OTHER;
    stat->links = 1;
    stat->block_size = PAGE_SIZE;
    return 0;
}

static int64_t ask_of(const struct linux_file *file, enum unix_control what, uint64_t value, struct message *answer) {
    return server_error(server_ask(UNIX_CALL_control, 0, file->number, what, value, answer));
}

static int64_t stream_control(struct linux_file *file, uint32_t what, uint64_t at) {
    struct message answer;
    if (what != CONTROL_WAITING) return -ENOTTY;
    int64_t error = ask_of(file, UNIX_CONTROL_waiting, 0, &answer);
    uint32_t bytes = (uint32_t)answer.word[1];
    if (error != 0) return error == -EINVAL ? -ENOTTY : error;
    return user_write(at, &bytes, sizeof bytes) ? 0 : -EFAULT;
}

static int64_t stream_command(struct linux_file *file, uint32_t what, uint64_t at) {
    struct message answer;
    bool sets = what == COMMAND_SET_PIPE;
    if (file->word != UNIX_KIND_PIPE) return what == COMMAND_GET_PIPE || sets ? -EBADF : -EINVAL;
    if (what != COMMAND_GET_PIPE && !sets) return -EINVAL;
    int64_t error = ask_of(file, UNIX_CONTROL_room, 0, &answer);
    if (error != 0) return error;
    if (sets && (uint32_t)at > answer.word[1]) return -EPERM; // larger than it can be
    return (int64_t)answer.word[1];
}

int64_t stream_set_flags(struct linux_file *file, uint32_t flags) {
    struct message answer;
    return server_error(server_ask(UNIX_CALL_flags, 0, file->number, UNIX_NONBLOCK, to_flags(flags), &answer));
}

uint32_t stream_ready(struct linux_file *file, uint32_t events, bool listen) {
    struct message answer;
    uint64_t listener = listen ? server_listener() : 0;
    enum unix_error error = server_ask(UNIX_CALL_ready, 0, file->number, events, listener, &answer);
    return error == UNIX_OK ? (uint32_t)answer.word[1] : error == UNIX_FULL ? 0 : POLLERR;
}

void stream_last(struct linux_file *file) { os_unix_tell(UNIX_CALL_close, file->number, 0, 0); }

const struct linux_file_kind linux_stream_kind = {.name = "stream",
                                                  .read = stream_read,
                                                  .write = stream_write,
                                                  .stat = stream_stat,
                                                  .control = stream_control,
                                                  .command = stream_command,
                                                  .set_flags = stream_set_flags,
                                                  .ready = stream_ready,
                                                  .last = stream_last};
static const struct linux_file_kind counter_kind = {.name = "counter",
                                                    .read = stream_read,
                                                    .write = counter_write,
                                                    .stat = stream_stat,
                                                    .set_flags = stream_set_flags,
                                                    .ready = stream_ready,
                                                    .last = stream_last};

struct linux_file *stream_file(uint64_t number, uint32_t flags, uint32_t kind) {
    const struct linux_file_kind *ops = kind == UNIX_KIND_COUNTER ? &counter_kind : &linux_stream_kind;
    struct linux_file *file = linux_file_make(ops, flags & ~O_CLOEXEC, (uint32_t)number);
    if (file == NULL)
        os_unix_tell(UNIX_CALL_close, number, 0, 0);
    else
        file->word = kind;
    return file;
}

// ---- the calls that make them ----

static int64_t install_two(const uint64_t number[2], const uint32_t flags[2], uint32_t kind, uint64_t to) {
    int32_t descriptor[2] = {0};
    int64_t error = 0;
    for (int i = 0; i < 2; i++) {
        struct linux_file *file = error == 0 ? stream_file(number[i], flags[i], kind) : NULL;
        int64_t answer = file == NULL ? -ENFILE : linux_file_install(file, flags[i]);
        if (error != 0) os_unix_tell(UNIX_CALL_close, number[i], 0, 0);
        if (error == 0 && answer < 0) {
            error = answer;
            if (i == 1) linux_file_close((uint32_t)descriptor[0]);
        }
        descriptor[i] = (int32_t)answer;
    }
    if (error == 0 && !user_write(to, descriptor, sizeof descriptor)) {
        linux_file_close((uint32_t)descriptor[0]);
        linux_file_close((uint32_t)descriptor[1]);
        error = -EFAULT;
    }
    return error;
}

static int64_t make_two(enum unix_call call, const uint32_t flags[2], uint32_t kind, uint64_t to) {
    struct message answer;
    enum unix_error error = server_ask(call, 0, to_flags(flags[0]), 0, 0, &answer);
    const uint64_t number[2] = {answer.word[1], answer.word[2]};
    return error != UNIX_OK ? server_error(error) : install_two(number, flags, kind, to);
}

int64_t linux_sys_pipe2(uint64_t to, uint32_t flags) {
    if ((flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT)) != 0) return -EINVAL;
    flags &= ~O_DIRECT;
    const uint32_t of_two[2] = {flags | O_RDONLY, flags | O_WRONLY};
    return make_two(UNIX_CALL_pipe, of_two, UNIX_KIND_PIPE, to);
}

// => 0, or -EINTR
static int64_t await_other_side(uint64_t number, uint64_t came) {
    struct message answer;
    server_may_wait();
    for (;;) {
        enum unix_error error = server_ask(UNIX_CALL_control, 0, number, UNIX_CONTROL_came, 0, &answer);
        bool is_over = error != UNIX_OK || answer.word[1] != came;
        if (is_over) server_has_waited();
        if (is_over) return 0;
        if (linux_wait(os_after(LOOK_EVERY)) == LINUX_SIGNAL) return -EINTR;
    }
}

int64_t stream_open_fifo(uint64_t inode, uint32_t flags, struct linux_file **file) {
    struct message answer;
    uint32_t access = flags & O_ACCMODE;
    uint64_t which = access == O_RDONLY ? 1 : access == O_WRONLY ? 2 : 3;
    enum unix_error error = server_ask(UNIX_CALL_fifo, 0, inode, which, to_flags(flags), &answer);
    if (error != UNIX_OK) return server_error(error);
    uint64_t number = answer.word[1], others = answer.word[2], came = answer.word[3];
    bool waits = (flags & O_NONBLOCK) == 0 && which != 3 && others == 0;
    int64_t refused = which == 2 && !waits && others == 0 ? -ENXIO : 0;
    if (waits) refused = await_other_side(number, came);
    if (refused != 0) os_unix_tell(UNIX_CALL_close, number, 0, 0);
    if (refused != 0) return refused;
    *file = stream_file(number, flags, UNIX_KIND_PIPE);
    return *file != NULL ? 0 : -ENFILE;
}

int64_t linux_sys_socketpair(int family, uint32_t type, int protocol, uint64_t to) {
    uint32_t flags = (type & ~(uint32_t)TYPE_MASK) | O_RDWR;
    if ((flags & ~(O_CLOEXEC | O_NONBLOCK | O_RDWR)) != 0) return -EINVAL;
    if (family != FAMILY_UNIX) return -EAFNOSUPPORT;
    if ((type & TYPE_MASK) != TYPE_STREAM) return -ESOCKTNOSUPPORT;
    if (protocol != 0 && protocol != FAMILY_UNIX) return -EPROTONOSUPPORT;
    const uint32_t of_two[2] = {flags, flags};
    return make_two(UNIX_CALL_pair, of_two, UNIX_KIND_PAIR, to);
}

int64_t linux_sys_eventfd2(uint32_t value, uint32_t flags) {
    struct message answer;
    if ((flags & ~(O_CLOEXEC | O_NONBLOCK | COUNTER_EACH)) != 0) return -EINVAL;
    uint64_t of_stream = to_flags(flags) | ((flags & COUNTER_EACH) != 0 ? UNIX_EACH : 0);
    enum unix_error error = server_ask(UNIX_CALL_counter, 0, value, of_stream, 0, &answer);
    if (error != UNIX_OK) return server_error(error);
    struct linux_file *file =
        stream_file(answer.word[1], (flags & ~(uint32_t)COUNTER_EACH) | O_RDWR, UNIX_KIND_COUNTER);
    return file == NULL ? -ENFILE : linux_file_install(file, flags);
}

int64_t linux_sys_shutdown(uint64_t descriptor, uint64_t how) {
    struct message answer;
    struct linux_file *file = linux_file_get(descriptor);
    if (file == NULL) return -EBADF;
    int64_t error = -ENOTSOCK;
    if (file->kind == &linux_stream_kind && file->word == UNIX_KIND_PAIR)
        error = how > 2 ? -EINVAL : ask_of(file, UNIX_CONTROL_shut, how, &answer);
    linux_file_put(file);
    return error;
}
