// SPDX-License-Identifier: MIT
// The other side of a pseudo-terminal: a program that reads what is to be shown, and types.
#include "terminal.h"

// Programs had it, and have it no more.
static bool is_left(const struct terminal *terminal) { return terminal->had_programs && terminal->programs == 0; }

static enum unix_error read(struct stream *stream, struct record *asker, char *text, uint64_t *bytes) {
    (void)asker;
    struct terminal *terminal = stream->object;
    uint64_t done = 0;
    for (int byte; done < *bytes && (byte = discipline_show(&terminal->discipline)) >= 0;) text[done++] = (char)byte;
    if (done == 0 && *bytes != 0) return is_left(terminal) ? UNIX_IO : UNIX_NOT_NOW;
    *bytes = done;
    if (done != 0) queue_moved(&terminal->for_place);
    return UNIX_OK;
}

static void unread(struct stream *stream, const char *text, uint64_t bytes) {
    (void)text;
    struct terminal *terminal = stream->object;
    discipline_unshow(&terminal->discipline, (uint32_t)bytes);
}

static enum unix_error write(struct stream *stream, struct record *asker, const char *text, uint64_t *bytes,
                             uint64_t flags) {
    (void)asker, (void)flags;
    struct terminal *terminal = stream->object;
    uint64_t done = 0;
    for (; done < *bytes && discipline_has_room(&terminal->discipline); done++)
        terminal_type(terminal, (uint8_t)text[done]);
    if (done == 0 && *bytes != 0) return UNIX_NOT_NOW;
    *bytes = done;
    queue_moved(&terminal->for_output); // its echo
    return UNIX_OK;
}

static uint32_t ready(struct stream *stream, uint64_t room) {
    (void)room;
    const struct terminal *terminal = stream->object;
    const struct discipline *discipline = &terminal->discipline;
    bool shows = discipline_unseen(discipline) != 0 && !discipline->stopped;
    return (shows ? UNIX_READABLE : 0) | (discipline_has_room(discipline) ? UNIX_WRITABLE : 0) |
           (is_left(terminal) ? UNIX_HUNG_UP : 0);
}

static struct queue *queue(struct stream *stream, bool to_write) {
    struct terminal *terminal = stream->object;
    return to_write ? &terminal->for_typing : &terminal->for_output;
}

static void control(struct stream *stream, struct record *asker, uint64_t what, uint64_t value, struct answer *answer) {
    struct terminal *terminal = stream->object;
    answer->error = UNIX_OK;
    what &= ~(uint64_t)TERMINAL_ANYWAY;
    if (what == UNIX_CONTROL_waiting)
        answer->word[0] = discipline_unseen(&terminal->discipline);
    else if (what == TERMINAL_LOCK)
        terminal->locked = value != 0;
    else if (what == TERMINAL_GROUP)
        answer->word[0] = terminal->foreground;
    else if (what == TERMINAL_SESSION)
        answer->word[0] = terminal->session;
    else if (what == TERMINAL_TAKE || what == TERMINAL_LEAVE || what == TERMINAL_SET_GROUP)
        answer->error = UNIX_NO_TERMINAL;
    else
        terminal_control(terminal, asker, what | TERMINAL_ANYWAY, value, answer);
}

static void last(struct stream *stream) {
    struct terminal *terminal = stream->object;
    terminal->keepers = 0;
    terminal_hang_up(terminal);
    terminal_drop(terminal);
}

const struct stream_kind kind_keeper = {.number = UNIX_KIND_TERMINAL,
                                        .read = read,
                                        .unread = unread,
                                        .write = write,
                                        .ready = ready,
                                        .queue = queue,
                                        .control = control,
                                        .last = last};
