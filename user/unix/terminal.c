// SPDX-License-Identifier: MIT
// Terminals, as programs have them: reading, writing, whose they are.
#include "terminal.h"

#include <os/process.h>
#include <os/stubs.h>
#include <os/time.h>

#include "signals.h"
#include "string.h"

enum { ROWS = 24, COLUMNS = 80, TENTHS = 10, SIGNAL_WINDOW = 28 };

struct terminal terminals[1 + PSEUDO_TERMINALS];
uint64_t terminal_port;

void terminal_make(struct terminal *terminal, uint32_t device) {
    memset(terminal, 0, sizeof *terminal);
    terminal->device = device;
    terminal->window = (struct terminal_window){.rows = ROWS, .columns = COLUMNS};
    terminal->due = DISCIPLINE_NEVER;
    discipline_start(&terminal->discipline, os_ticks_per_second / TENTHS);
    queue_begin(&terminal->for_keys);
    queue_begin(&terminal->for_place);
    queue_begin(&terminal->for_output);
    queue_begin(&terminal->for_typing);
}

void terminal_drop(struct terminal *terminal) {
    if (terminal == terminal_console || terminal->programs != 0 || terminal->keepers != 0) return;
    queue_end(&terminal->for_keys);
    queue_end(&terminal->for_place);
    queue_end(&terminal->for_output);
    queue_end(&terminal->for_typing);
    terminal->device = 0;
}

void terminals_begin(uint64_t port) {
    terminal_port = port;
    terminal_make(terminal_console, TERMINAL_CONSOLE);
    line_begin();
}

struct terminal *terminal_find(uint32_t device) {
    if (device == TERMINAL_SERIAL) device = TERMINAL_CONSOLE;
    for (struct terminal *terminal = terminals; terminal <= terminals + PSEUDO_TERMINALS; terminal++) {
        if (terminal->device == device && device != 0) return terminal;
    }
    return NULL;
}

struct terminal *terminal_of(uint32_t session) {
    for (struct terminal *terminal = terminals; terminal <= terminals + PSEUDO_TERMINALS; terminal++) {
        if (terminal->device != 0 && terminal->session == session && session != 0) return terminal;
    }
    return NULL;
}

// ---- what happens at it ----

void terminal_moved(struct terminal *terminal) {
    if (terminal == terminal_console) {
        line_moved();
        return;
    }
    queue_moved(&terminal->for_output);
    queue_moved(&terminal->for_typing);
}

void terminal_type(struct terminal *terminal, uint8_t byte) {
    enum typed_signal signal = discipline_type(&terminal->discipline, byte, os_now());
    if (signal != TYPED_NOTHING && terminal->foreground != 0) signal_group(terminal->foreground, (int)signal);
    queue_moved(&terminal->for_keys);
    queue_moved(&terminal->for_place); // what was to be shown may have been thrown away
}

void terminal_set_window(struct terminal *terminal, const struct terminal_window *window) {
    if (memcmp(&terminal->window, window, sizeof *window) == 0) return;
    terminal->window = *window;
    if (terminal->foreground != 0) signal_group(terminal->foreground, SIGNAL_WINDOW);
}

// ---- whose it is ----

enum unix_error terminal_take(struct terminal *terminal, const struct record *asker, bool from_others) {
    bool leads = asker->number == asker->session;
    if (leads && terminal->session == asker->session) return UNIX_OK;
    if (!leads || terminal_of(asker->session) != NULL) return UNIX_DENIED;
    if (terminal->session != 0 && !from_others) return UNIX_DENIED;
    terminal->session = asker->session;
    terminal->foreground = asker->group;
    return UNIX_OK;
}

// What it was set to is not what the next session expects.
static void leave(struct terminal *terminal) {
    terminal->session = terminal->foreground = 0;
    if (terminal == terminal_console) discipline_set_modes(&terminal->discipline, &discipline_first_modes);
}

static void cut_off(struct terminal *terminal) {
    terminal->opened++;
    queue_moved(&terminal->for_keys);
    queue_moved(&terminal->for_place);
}

void terminal_hang_up(struct terminal *terminal) {
    struct record *leader = terminal->session != 0 ? record_find(terminal->session) : NULL;
    if (leader != NULL) {
        signal_send(leader, &(struct os_unix_signal){.signal = SIGNAL_HANG_UP, .code = CODE_OF_KERNEL});
        signal_send(leader, &(struct os_unix_signal){.signal = SIGNAL_GO_ON, .code = CODE_OF_KERNEL});
    }
    leave(terminal);
    cut_off(terminal);
}

// Others of the session still have a pseudo-terminal, as in Linux, but the console is wanted by who comes next.
void terminal_session_ended(uint32_t session) {
    struct terminal *terminal = terminal_of(session);
    if (terminal == NULL) return;
    if (terminal->foreground != 0) signal_group(terminal->foreground, SIGNAL_HANG_UP);
    leave(terminal);
    if (terminal == terminal_console) cut_off(terminal);
    terminal_moved(terminal);
}

// Only a leader can do without, for all of the session.
static enum unix_error give_up(struct terminal *terminal, const struct record *asker) {
    if (terminal->session != asker->session || asker->number != asker->session) return UNIX_NO_TERMINAL;
    if (terminal->foreground != 0) {
        signal_group(terminal->foreground, SIGNAL_HANG_UP);
        signal_group(terminal->foreground, SIGNAL_GO_ON);
    }
    leave(terminal);
    return UNIX_OK;
}

static bool is_in_background(const struct terminal *terminal, const struct record *asker) {
    return terminal->session != 0 && terminal->session == asker->session && terminal->foreground != 0 &&
           terminal->foreground != asker->group;
}

enum unix_error terminal_may(const struct terminal *terminal, const struct record *asker, bool anyway) {
    return !anyway && is_in_background(terminal, asker) ? UNIX_BACKGROUND : UNIX_OK;
}

// ---- the stream ----

static bool is_hung_up(const struct stream *stream) {
    const struct terminal *terminal = stream->object;
    return stream->word != terminal->opened;
}

// One timer for all.
static void set_timer(void) {
    uint64_t first = DISCIPLINE_NEVER;
    for (const struct terminal *terminal = terminals; terminal <= terminals + PSEUDO_TERMINALS; terminal++) {
        if (terminal->device != 0 && terminal->due < first) first = terminal->due;
    }
    os_timer(terminal_port, TERMINAL_TIMER, first);
}

static enum unix_error read(struct stream *stream, struct record *asker, char *text, uint64_t *bytes) {
    struct terminal *terminal = stream->object;
    struct discipline *discipline = &terminal->discipline;
    uint64_t now = os_now();
    if (is_hung_up(stream)) *bytes = 0;
    if (*bytes == 0) return UNIX_OK;
    if (is_in_background(terminal, asker)) return UNIX_BACKGROUND;
    uint64_t at = discipline_read_at(discipline, (uint32_t)*bytes, now);
    bool takes_some = (stream->flags & UNIX_NONBLOCK) != 0 && discipline_count(discipline) != 0;
    if (at != 0 && !takes_some && (at == DISCIPLINE_NEVER || !terminal->is_due)) {
        if (at == DISCIPLINE_NEVER && terminal->keepers == 0 && terminal != terminal_console) {
            *bytes = 0; // nobody is left to type
            return UNIX_OK;
        }
        terminal->due = at;
        if (at != DISCIPLINE_NEVER) set_timer();
        return UNIX_NOT_NOW;
    }
    *bytes = discipline_read(discipline, (uint8_t *)text, (uint32_t)*bytes);
    terminal_moved(terminal);
    return UNIX_OK;
}

static void unread(struct stream *stream, const char *text, uint64_t bytes) {
    (void)text, (void)bytes;
    struct terminal *terminal = stream->object;
    discipline_unread(&terminal->discipline);
}

static enum unix_error write(struct stream *stream, struct record *asker, const char *text, uint64_t *bytes,
                             uint64_t flags) {
    struct terminal *terminal = stream->object;
    bool anyway = (terminal->discipline.modes.local & LOCAL_STOPS_WRITERS) == 0 || (flags & UNIX_ANYWAY) != 0;
    if (is_hung_up(stream)) return UNIX_IO;
    enum unix_error error = terminal_may(terminal, asker, anyway);
    if (error != UNIX_OK || *bytes == 0) return error;
    *bytes = discipline_write(&terminal->discipline, (const uint8_t *)text, (uint32_t)*bytes);
    if (*bytes == 0) return UNIX_NOT_NOW;
    terminal_moved(terminal);
    return UNIX_OK;
}

static uint32_t ready(struct stream *stream, uint64_t room) {
    (void)room;
    const struct terminal *terminal = stream->object;
    if (is_hung_up(stream)) return UNIX_READABLE | UNIX_WRITABLE | UNIX_FAILED | UNIX_HUNG_UP;
    bool is_left = terminal != terminal_console && terminal->keepers == 0;
    return (discipline_is_readable(&terminal->discipline) || is_left ? UNIX_READABLE : 0) |
           (discipline_has_place(&terminal->discipline) ? UNIX_WRITABLE : 0) | (is_left ? UNIX_HUNG_UP : 0);
}

static struct queue *queue(struct stream *stream, bool to_write) {
    struct terminal *terminal = stream->object;
    return to_write ? &terminal->for_place : &terminal->for_keys;
}

static void control(struct stream *stream, struct record *asker, uint64_t what, uint64_t value, struct answer *answer) {
    answer->error = UNIX_IO;
    if (is_hung_up(stream)) return;
    answer->error = UNIX_OK;
    if (what == TERMINAL_TAKE)
        answer->error = terminal_take(stream->object, asker, value == 1);
    else if (what == TERMINAL_LEAVE)
        answer->error = give_up(stream->object, asker);
    else
        terminal_control(stream->object, asker, what, value, answer);
}

static void last(struct stream *stream) {
    struct terminal *terminal = stream->object;
    terminal->programs--;
    queue_moved(&terminal->for_output); // nobody writes there
    terminal_drop(terminal);
}

const struct stream_kind kind_terminal = {.number = UNIX_KIND_TERMINAL,
                                          .read = read,
                                          .unread = unread,
                                          .write = write,
                                          .ready = ready,
                                          .queue = queue,
                                          .control = control,
                                          .last = last};

// ---- time ----

void terminals_heard(uint64_t bits) {
    if ((bits & TERMINAL_HEARS) != 0) line_heard();
    if ((bits & OS_FINISH) != 0) discipline_stop(&terminal_console->discipline, false);
    line_moved();
    queues_wake();
    if ((bits & TERMINAL_TIMER) == 0) return;
    uint64_t now = os_now();
    for (struct terminal *terminal = terminals; terminal <= terminals + PSEUDO_TERMINALS; terminal++) {
        if (terminal->device == 0 || terminal->due > now) continue;
        terminal->due = DISCIPLINE_NEVER;
        terminal->is_due = true;
        queue_moved(&terminal->for_keys);
        queues_wake();
        terminal->is_due = false;
    }
    set_timer();
}
