// SPDX-License-Identifier: MIT
// What can be asked of a terminal beside reading and writing: how it works, who is in the foreground.
#include <os/threads.h>

#include "signals.h"
#include "string.h"
#include "terminal.h"

_Static_assert(sizeof(struct terminal_modes) == TERMINAL_MODES, "Linux's struct termios");
_Static_assert(sizeof(struct terminal_window) == TERMINAL_WINDOW, "and its struct winsize");

static void give_text(struct answer *answer, const void *text, uint64_t size) {
    memcpy(os_self()->message, text, size);
    answer->size = size;
}

static enum unix_error flush(struct terminal *terminal, uint64_t which) {
    if (which > 2) return UNIX_BAD_ARGUMENT;
    if (which != 1) discipline_flush_input(&terminal->discipline);
    if (which != 0) discipline_flush_output(&terminal->discipline);
    queue_moved(&terminal->for_place);
    terminal_moved(terminal);
    return UNIX_OK;
}

// The other side is told by a character.
static enum unix_error flow(struct terminal *terminal, uint64_t what) {
    if (what > 3) return UNIX_BAD_ARGUMENT;
    if (what < 2) {
        discipline_stop(&terminal->discipline, what == 0);
    } else {
        uint8_t key = terminal->discipline.modes.character[what == 2 ? KEY_STOP : KEY_START];
        if (key != 0) discipline_send(&terminal->discipline, key);
    }
    terminal_moved(terminal);
    return UNIX_OK;
}

static enum unix_error drain(const struct terminal *terminal) {
    bool is_shown = discipline_unseen(&terminal->discipline) == 0;
    return is_shown || terminal != terminal_console ? UNIX_OK : UNIX_NOT_NOW; // the other side has it
}

static enum unix_error set_group(struct terminal *terminal, const struct record *asker, uint64_t group) {
    if (asker->session != terminal->session) return UNIX_NO_TERMINAL;
    if (group == 0 || group > INT32_MAX) return UNIX_BAD_ARGUMENT;
    for (unsigned i = 0; i < RECORDS; i++) {
        if (records[i].state == RECORD_FREE || records[i].group != group) continue;
        if (records[i].session != asker->session) return UNIX_DENIED;
        terminal->foreground = (uint32_t)group;
        return UNIX_OK;
    }
    return UNIX_NO_PROCESS;
}

// For who has found that it is in the background, and neither blocks nor ignores the signal.
static enum unix_error stop_group(const struct record *asker, uint64_t signal) {
    if (signal != SIGNAL_TERMINAL_INPUT && signal != SIGNAL_TERMINAL_OUTPUT) return UNIX_BAD_ARGUMENT;
    if (record_is_orphaned(asker->group)) return UNIX_IO;
    signal_group(asker->group, (int)signal);
    return UNIX_OK;
}

static bool is_change(uint64_t what) {
    return what == TERMINAL_DRAIN || what == TERMINAL_FLUSH || what == TERMINAL_FLOW || what == TERMINAL_SET_GROUP;
}

// What is asked of those only whose terminal it is.
static void tell_owner(const struct terminal *terminal, const struct record *asker, uint32_t what,
                       struct answer *answer) {
    answer->error = asker->session == terminal->session ? UNIX_OK : UNIX_NO_TERMINAL;
    answer->word[0] = what;
}

void terminal_control(struct terminal *terminal, struct record *asker, uint64_t what, uint64_t value,
                      struct answer *answer) {
    bool anyway = (what & TERMINAL_ANYWAY) != 0;
    what &= ~(uint64_t)TERMINAL_ANYWAY;
    answer->error = is_change(what) ? terminal_may(terminal, asker, anyway) : UNIX_OK;
    if (answer->error != UNIX_OK) return;
    switch (what) {
    case UNIX_CONTROL_waiting:
        answer->word[0] = discipline_count(&terminal->discipline);
        break;
    case TERMINAL_GET_MODES:
        give_text(answer, &terminal->discipline.modes, TERMINAL_MODES);
        break;
    case TERMINAL_GET_WINDOW:
        give_text(answer, &terminal->window, TERMINAL_WINDOW);
        break;
    case TERMINAL_DRAIN:
        answer->error = drain(terminal);
        break;
    case TERMINAL_FLUSH:
        answer->error = flush(terminal, value);
        break;
    case TERMINAL_FLOW:
        answer->error = flow(terminal, value);
        break;
    case TERMINAL_SHOWN:
        answer->word[0] = discipline_unseen(&terminal->discipline);
        break;
    case TERMINAL_GROUP:
        tell_owner(terminal, asker, terminal->foreground, answer);
        break;
    case TERMINAL_SET_GROUP:
        answer->error = set_group(terminal, asker, value);
        break;
    case TERMINAL_SESSION:
        tell_owner(terminal, asker, terminal->session, answer);
        break;
    case TERMINAL_SIGNAL:
        answer->error = stop_group(asker, value);
        break;
    case TERMINAL_DEVICE:
        answer->word[0] = terminal->device;
        break;
    default:
        answer->error = UNIX_UNSUPPORTED;
    }
}

// ---- the requests ----

static enum unix_error set_modes(struct terminal *terminal, bool flushes) {
    struct terminal_modes modes;
    memcpy(&modes, os_self()->message, sizeof modes);
    bool was_lines = (terminal->discipline.modes.local & LOCAL_LINES) != 0;
    if (flushes) discipline_flush_input(&terminal->discipline);
    discipline_set_modes(&terminal->discipline, &modes);
    if (terminal == terminal_console && was_lines && (modes.local & LOCAL_LINES) == 0) line_ask_size();
    queue_moved(&terminal->for_keys); // what was typed may be readable now
    terminal_moved(terminal);
    return UNIX_OK;
}

void serve_terminal_set(struct request *request, struct answer *answer) {
    uint64_t what = request->word[1] & ~(uint64_t)TERMINAL_ANYWAY;
    struct stream *stream = stream_find(request->asker, request->word[0]);
    answer->error = stream == NULL ? UNIX_NOT_OPEN : UNIX_NO_TERMINAL;
    if (stream == NULL || stream->kind->number != UNIX_KIND_TERMINAL) return;
    struct terminal *terminal = stream->object;
    answer->error = UNIX_BAD_ARGUMENT;
    if (what > TERMINAL_SET_WINDOW || request->size != (what == TERMINAL_SET_WINDOW ? TERMINAL_WINDOW : TERMINAL_MODES))
        return;
    answer->error = UNIX_IO;
    if (stream->kind == &kind_terminal && stream->word != terminal->opened) return;
    answer->error = UNIX_OK;
    if (what == TERMINAL_SET_WINDOW) {
        struct terminal_window window;
        memcpy(&window, os_self()->message, sizeof window);
        terminal_set_window(terminal, &window);
        return;
    }
    bool anyway = stream->kind == &kind_keeper || (request->word[1] & TERMINAL_ANYWAY) != 0;
    answer->error = terminal_may(terminal, request->asker, anyway);
    if (answer->error == UNIX_OK) answer->error = set_modes(terminal, what == TERMINAL_SET_MODES_FLUSH);
}

static enum unix_error open_new(struct request *request, struct answer *answer) {
    struct terminal *terminal = NULL;
    for (unsigned i = PSEUDO_TERMINALS; i > 0; i--) {
        if (terminals[i].device == 0) terminal = &terminals[i];
    }
    if (terminal == NULL) return UNIX_FULL;
    terminal_make(terminal, TERMINAL_PSEUDO + (uint32_t)(terminal - terminals) - 1);
    terminal->keepers = 1;
    terminal->locked = true;
    terminal->window = (struct terminal_window){0};
    terminal->discipline.modes.control = 0xbf; // 38400 baud
    const struct stream model = {
        .kind = &kind_keeper, .flags = (uint32_t)request->word[1] & UNIX_NONBLOCK, .object = terminal};
    enum unix_error error = stream_open(request->asker, &model, &answer->word[0]);
    if (error != UNIX_OK) terminal->device = 0;
    answer->word[1] = TERMINAL_NEW;
    return error;
}

void serve_terminal(struct request *request, struct answer *answer) {
    uint64_t which = request->word[0], flags = request->word[1];
    if (which == TERMINAL_NEW) {
        answer->error = open_new(request, answer);
        return;
    }
    struct terminal *terminal =
        which == TERMINAL_OWN ? terminal_of(request->asker->session) : terminal_find((uint32_t)which);
    answer->error = UNIX_NO_TERMINAL;
    if (terminal == NULL) return;
    answer->error = UNIX_OK;
    if ((flags & TERMINAL_LOOK) != 0) return;
    answer->error = UNIX_IO;
    if (terminal->locked || (terminal != terminal_console && terminal->keepers == 0)) return;
    const struct stream model = {
        .kind = &kind_terminal, .flags = (uint32_t)flags & UNIX_NONBLOCK, .object = terminal, .word = terminal->opened};
    answer->error = stream_open(request->asker, &model, &answer->word[0]);
    if (answer->error != UNIX_OK) return;
    terminal->programs++;
    terminal->had_programs = true;
    answer->word[1] = which == TERMINAL_OWN ? TERMINAL_OWN : terminal->device;
    if ((flags & TERMINAL_NOT_OWN) == 0 && which != TERMINAL_CONSOLE) terminal_take(terminal, request->asker, false);
}
