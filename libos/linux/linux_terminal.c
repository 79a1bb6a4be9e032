// SPDX-License-Identifier: MIT
// Terminals of the server `unix` as the program's files. `number` is the stream's, `word` which terminal it is.
#include "linux_terminal.h"

#include <os/threads.h>
#include <os/time.h>
#include <os/unix_terminal.h>

#include "format.h"
#include "linux_device.h"
#include "linux_errors.h"
#include "linux_place.h"
#include "linux_server.h"
#include "linux_signal.h"
#include "linux_stream.h"
#include "linux_thread.h"
#include "linux_user.h"

enum {
    MODE_CHARACTERS = 020620,
    STOP_TIME = 100000, // microseconds: as long as it takes to hear of the signal that was asked for
};

// ioctl's
enum {
    TCGETS = 0x5401,
    TCSETS = 0x5402,
    TCSETSW = 0x5403,
    TCSETSF = 0x5404,
    TCSBRK = 0x5409,
    TCXONC = 0x540a,
    TCFLSH = 0x540b,
    TIOCSCTTY = 0x540e,
    TIOCGPGRP = 0x540f,
    TIOCSPGRP = 0x5410,
    TIOCOUTQ = 0x5411,
    TIOCGWINSZ = 0x5413,
    TIOCSWINSZ = 0x5414,
    FIONREAD = 0x541b,
    TIOCNOTTY = 0x5422,
    TIOCGETD = 0x5424,
    TCSBRKP = 0x5425,
    TIOCGSID = 0x5429,
    TIOCSPTLCK = 0x40045431,
    TIOCGPTPEER = 0x5441,
};
#define TIOCGPTN 0x80045430u
#define TIOCGDEV 0x80045432u

// ---- who is in the background ----

enum proceeding { AGAIN, ANYWAY, REFUSED, INTERRUPTED };

// The server has refused because the caller is not in the foreground: it is to be stopped, but for who does not want
// to hear of it.
static enum proceeding stop(const struct linux_file *file, int signal) {
    struct message answer;
    if (!linux_signal_is_wanted(signal)) return signal == SIGNAL_TTIN ? REFUSED : ANYWAY;
    if (server_ask(UNIX_CALL_control, 0, file->number, TERMINAL_SIGNAL, (uint64_t)signal, &answer) != UNIX_OK)
        return REFUSED;
    return linux_wait(os_after(STOP_TIME)) == LINUX_SIGNAL ? INTERRUPTED : AGAIN;
}

// A request that may have to wait, and that is not for the background. => as the call's answer
static int64_t control(const struct linux_file *file, uint64_t what, uint64_t value, struct message *answer) {
    server_may_wait();
    for (;;) {
        enum unix_error error = server_wait(UNIX_CALL_control, 0, file->number, what, value, answer);
        if (error == UNIX_INTERRUPTED) return -EINTR;
        if (error == UNIX_BACKGROUND) {
            enum proceeding next = stop(file, SIGNAL_TTOU);
            if (next == INTERRUPTED) return -EINTR;
            if (next == ANYWAY) what |= TERMINAL_ANYWAY;
            if (next != REFUSED) continue;
        }
        server_has_waited();
        return error == UNIX_UNSUPPORTED ? -ENOTTY : server_error(error);
    }
}

// ---- reading and writing ----

static int64_t read(struct linux_file *file, uint64_t to, uint64_t size, uint64_t offset) {
    (void)offset;
    if (size == 0) return 0;
    if (size > UNIX_TEXT_MOST) size = UNIX_TEXT_MOST;
    server_may_wait();
    for (;;) {
        struct message answer;
        enum unix_error error = server_wait(UNIX_CALL_read, 0, file->number, size, 0, &answer);
        if (error == UNIX_INTERRUPTED) return -EINTR;
        if (error == UNIX_BACKGROUND) {
            enum proceeding next = stop(file, SIGNAL_TTIN);
            if (next == INTERRUPTED) return -EINTR;
            if (next == AGAIN) continue;
        }
        server_has_waited();
        if (error != UNIX_OK) return server_error(error);
        uint64_t found = answer.word[1] <= size ? answer.word[1] : 0;
        return user_write(to, server_bytes(&answer), found) ? (int64_t)found : -EFAULT;
    }
}

static int64_t write(struct linux_file *file, uint64_t from, uint64_t size, uint64_t offset) {
    uint64_t done = 0, flags = 0;
    (void)offset;
    server_may_wait();
    while (done < size) {
        struct message answer;
        uint64_t some = size - done < UNIX_TEXT_MOST ? size - done : UNIX_TEXT_MOST;
        enum proceeding next = AGAIN;
        bool is_there = user_read(os_self()->message, from + done, some);
        enum unix_error error =
            !is_there ? UNIX_OK : server_ask(UNIX_CALL_write, some, file->number, flags, 0, &answer);
        if (is_there && error == UNIX_OK && answer.word[1] <= some) {
            done += answer.word[1];
            continue;
        }
        bool waits = error == UNIX_NOT_NOW && (answer.word[1] & UNIX_NONBLOCK) == 0;
        if (waits) error = server_wait(UNIX_CALL_await, 0, file->number, UNIX_WRITABLE, 1, &answer);
        if (waits && error == UNIX_OK) continue;
        if (error == UNIX_BACKGROUND) next = stop(file, SIGNAL_TTOU);
        if (next == ANYWAY) flags |= UNIX_ANYWAY;
        bool is_over = error == UNIX_INTERRUPTED || next == INTERRUPTED;
        if (is_over && done == 0) return -EINTR;
        if (error == UNIX_BACKGROUND && (next == AGAIN || next == ANYWAY)) continue;
        server_has_waited();
        if (done != 0) return (int64_t)done;
        return !is_there ? -EFAULT : server_error(error);
    }
    server_has_waited();
    return (int64_t)done;
}

// ---- ioctl ----

static int64_t tell_text(const struct linux_file *file, enum terminal_control what, uint64_t at, uint64_t size) {
    struct message answer;
    int64_t error = control(file, what, 0, &answer);
    if (error != 0) return error;
    return user_write(at, os_self()->message, size) ? 0 : -EFAULT;
}

static int64_t tell_number(const struct linux_file *file, uint64_t what, uint64_t at) {
    struct message answer;
    int64_t error = control(file, what, 0, &answer);
    if (error != 0) return error;
    int32_t number = (int32_t)answer.word[1];
    return user_write(at, &number, sizeof number) ? 0 : -EFAULT;
}

static int64_t set(const struct linux_file *file, enum terminal_set what, bool drains, uint64_t at, uint64_t size) {
    struct message answer;
    uint64_t anyway = 0;
    int64_t error = drains ? control(file, TERMINAL_DRAIN, 0, &answer) : 0;
    if (error != 0) return error;
    server_may_wait();
    for (;;) {
        if (!user_read(os_self()->message, at, size)) return -EFAULT;
        enum unix_error refused = server_ask(UNIX_CALL_terminal_set, size, file->number, what | anyway, 0, &answer);
        enum proceeding next = refused == UNIX_BACKGROUND ? stop(file, SIGNAL_TTOU) : REFUSED;
        if (next == INTERRUPTED) return -EINTR;
        if (next == ANYWAY) anyway = TERMINAL_ANYWAY;
        if (next != REFUSED) continue;
        server_has_waited();
        return server_error(refused);
    }
}

static int64_t set_group(const struct linux_file *file, uint64_t at) {
    struct message answer;
    int32_t group;
    if (!user_read(&group, at, sizeof group)) return -EFAULT;
    int64_t error = control(file, TERMINAL_SET_GROUP, group < 0 ? 0 : (uint64_t)group, &answer);
    return error == -EIO ? -ENOTTY : error; // as Linux has it
}

static int64_t lock(const struct linux_file *file, uint64_t at) {
    struct message answer;
    int32_t is_locked;
    if (!user_read(&is_locked, at, sizeof is_locked)) return -EFAULT;
    return control(file, TERMINAL_LOCK, is_locked != 0, &answer);
}

static int64_t tell_place(const struct linux_file *file, uint64_t at) {
    struct message answer;
    int64_t error = control(file, TERMINAL_DEVICE, 0, &answer);
    if (error != 0) return error;
    uint32_t number = (uint32_t)answer.word[1] - TERMINAL_PSEUDO;
    if (file->word != TERMINAL_NEW) return -ENOTTY;
    return user_write(at, &number, sizeof number) ? 0 : -EFAULT;
}

static int64_t open_programs_side(const struct linux_file *file, uint32_t flags) {
    struct message answer;
    int64_t error = file->word == TERMINAL_NEW ? control(file, TERMINAL_DEVICE, 0, &answer) : -ENOTTY;
    if (error != 0) return error;
    struct linux_file *other = terminal_open((uint32_t)answer.word[1], flags, &error);
    return other == NULL ? error : linux_file_install(other, flags);
}

static int64_t ioctl(struct linux_file *file, uint32_t what, uint64_t at) {
    struct message answer;
    switch (what) {
    case TCGETS:
        return tell_text(file, TERMINAL_GET_MODES, at, TERMINAL_MODES);
    case TCSETS:
        return set(file, TERMINAL_SET_MODES, false, at, TERMINAL_MODES);
    case TCSETSW:
        return set(file, TERMINAL_SET_MODES, true, at, TERMINAL_MODES);
    case TCSETSF:
        return set(file, TERMINAL_SET_MODES_FLUSH, true, at, TERMINAL_MODES);
    case TCSBRK:
    case TCSBRKP: // a serial line's break is not sent
        return control(file, TERMINAL_DRAIN, 0, &answer);
    case TCXONC:
        return control(file, TERMINAL_FLOW, at, &answer);
    case TCFLSH:
        return control(file, TERMINAL_FLUSH, at, &answer);
    case TIOCSCTTY:
        return control(file, TERMINAL_TAKE, at, &answer);
    case TIOCNOTTY:
        return control(file, TERMINAL_LEAVE, 0, &answer);
    case TIOCGPGRP:
        return tell_number(file, TERMINAL_GROUP, at);
    case TIOCSPGRP:
        return set_group(file, at);
    case TIOCGSID:
        return tell_number(file, TERMINAL_SESSION, at);
    case TIOCOUTQ:
        return tell_number(file, TERMINAL_SHOWN, at);
    case FIONREAD:
        return tell_number(file, UNIX_CONTROL_waiting, at);
    case TIOCGWINSZ:
        return tell_text(file, TERMINAL_GET_WINDOW, at, TERMINAL_WINDOW);
    case TIOCSWINSZ:
        return set(file, TERMINAL_SET_WINDOW, false, at, TERMINAL_WINDOW);
    case TIOCGETD: // there is one discipline
        return user_write(at, &(int32_t){0}, sizeof(int32_t)) ? 0 : -EFAULT;
    case TIOCGDEV:
        return tell_number(file, TERMINAL_DEVICE, at);
    case TIOCGPTN:
        return tell_place(file, at);
    case TIOCSPTLCK:
        return lock(file, at);
    case TIOCGPTPEER:
        return open_programs_side(file, (uint32_t)at);
    default:
        return -ENOTTY;
    }
}

enum { PSEUDO_MOST = 32, FIRST_INODE = 3 };

static struct linux_file *open_node(const struct linux_made *node, uint32_t flags, int64_t *error) {
    return terminal_open(node->special, flags, error);
}

static const struct linux_made_kind pseudo_terminal = {.open = open_node};

static struct linux_made node_of(uint32_t which) {
    uint64_t number = which - TERMINAL_PSEUDO;
    return (struct linux_made){&pseudo_terminal, FIRST_INODE + number, 0, number, MODE_CHARACTERS, which};
}

static int64_t stat(struct linux_file *file, struct linux_stat *stat) {
    const struct linux_made *node = device_of((uint32_t)file->word);
    const struct linux_made pseudo = node_of((uint32_t)file->word);
    made_stat(node != NULL ? node : &pseudo, stat);
    return 0;
}

const struct linux_file_kind linux_terminal = {.name = "terminal",
                                               .read = read,
                                               .write = write,
                                               .control = ioctl,
                                               .stat = stat,
                                               .set_flags = stream_set_flags,
                                               .ready = stream_ready,
                                               .last = stream_last};

// ---- opening ----

static enum unix_error ask(uint32_t which, uint32_t flags, struct message *answer) {
    return server_ask(UNIX_CALL_terminal, 0, which, flags, 0, answer);
}

struct linux_file *terminal_open(uint32_t which, uint32_t flags, int64_t *error) {
    struct message answer;
    enum unix_error refused =
        ask(which, ((flags & O_NONBLOCK) != 0 ? UNIX_NONBLOCK : 0) | ((flags & O_NOCTTY) != 0 ? TERMINAL_NOT_OWN : 0),
            &answer);
    *error = refused == UNIX_NO_TERMINAL ? -ENXIO : server_error(refused);
    if (refused != UNIX_OK) return NULL;
    struct linux_file *file =
        linux_file_make(&linux_terminal, flags & ~(O_CLOEXEC | O_NOCTTY), (uint32_t)answer.word[1]);
    *error = -ENFILE;
    if (file == NULL)
        os_unix_tell(UNIX_CALL_close, answer.word[1], 0, 0);
    else
        file->word = answer.word[2];
    return file;
}

bool terminal_is_there(uint32_t which) {
    struct message answer;
    return ask(which, TERMINAL_LOOK, &answer) == UNIX_OK;
}

struct linux_file *terminal_first(void) {
    struct message answer;
    int64_t error;
    struct linux_file *file = terminal_open(TERMINAL_CONSOLE, O_RDWR, &error);
    if (file != NULL) server_ask(UNIX_CALL_control, 0, file->number, TERMINAL_TAKE, 0, &answer);
    return file;
}

// ---- the folder of pseudo-terminals ----

static bool make_node(uint64_t number, struct linux_made *node) {
    *node = node_of(TERMINAL_PSEUDO + (uint32_t)number);
    return number < PSEUDO_MOST && terminal_is_there(node->special);
}

static bool find(const struct linux_made *folder, const char *name, struct linux_made *node) {
    uint64_t number = 0;
    (void)folder;
    if (*name == '\0' || (*name == '0' && name[1] != '\0')) return false;
    for (; *name >= '0' && *name <= '9' && number < PSEUDO_MOST; name++) number = number * 10 + (uint64_t)(*name - '0');
    return *name == '\0' && make_node(number, node);
}

static bool entry(const struct linux_made *folder, uint64_t index, char name[MADE_NAME], struct linux_made *node) {
    (void)folder;
    for (uint64_t number = 0; number < PSEUDO_MOST; number++) {
        if (!make_node(number, node) || index-- != 0) continue;
        format_to(name, MADE_NAME, "%lu", number);
        return true;
    }
    return false;
}

const struct linux_made_kind made_terminals = {.find = find, .entry = entry};
