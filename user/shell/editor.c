// SPDX-License-Identifier: MIT
// Lines from a terminal: the keys go to the line, the history, the completion.
#include "editor.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "completion.h"
#include "expansion.h"
#include "history.h"
#include "jobs.h"
#include "line.h"
#include "shell.h"
#include "traps.h"
#include "variables.h"

struct session {
    struct line line;
    const char *prompt;
    size_t back;       // in the history; 0: the new line
    struct text fresh; // the new line, while an old one is looked at
    bool searching, listed;
    struct text wanted; // what is searched for
};

static int terminal = -1;
static struct termios modes;
static char pending[256]; // read, but not yet a key
static size_t pending_length;

void editor_begin(int descriptor) {
    terminal = descriptor;
    const char *file = variable_get("HISTFILE");
    if (file != NULL && *file != '\0') history_read(file);
}

void editor_end(void) {
    const char *file = variable_get("HISTFILE");
    if (file != NULL && *file != '\0') history_write(file);
    history_free();
}

static bool begin_raw(void) {
    const char *kind = variable_get("TERM");
    if (terminal < 0 || (kind != NULL && strcmp(kind, "dumb") == 0) || tcgetattr(terminal, &modes) < 0) return false;
    struct termios raw = modes;
    raw.c_iflag &= ~(tcflag_t)(INLCR | IXON);
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    bool is_raw = (modes.c_lflag & (tcflag_t)(ICANON | ECHO)) == 0; // a console that knows nothing else
    return tcsetattr(terminal, TCSADRAIN, &raw) == 0 || is_raw;
}

static void end_raw(void) { tcsetattr(terminal, TCSADRAIN, &modes); }

static size_t columns(void) {
    struct winsize window = {0};
    return ioctl(terminal, TIOCGWINSZ, &window) == 0 && window.ws_col > 0 ? window.ws_col : 80;
}

static void send(struct text *output) {
    write_all(STDERR_FILENO, text_string(output), output->length);
    text_free(output);
}

static void draw(struct session *session) {
    struct text output = {0}, prompt = {0};
    if (session->searching) text_add_format(&prompt, "(search: %s) ", text_string(&session->wanted));
    line_draw(&session->line, session->searching ? text_string(&prompt) : session->prompt, columns(), &output);
    text_free(&prompt);
    send(&output);
}

// => false: the terminal is gone
static bool next_key(struct key *key) {
    for (;;) {
        size_t taken = key_decode(pending, pending_length, key);
        if (taken > 0) {
            pending_length -= taken;
            memmove(pending, pending + taken, pending_length);
            return true;
        }
        if (pending_length == sizeof pending) pending_length = 0;
        if (!traps_wait_input(terminal)) {
            traps_run();
            continue;
        }
        ssize_t count = read(terminal, pending + pending_length, sizeof pending - pending_length);
        if (count <= 0) return false;
        pending_length += (size_t)count;
    }
}

static void show_names(struct session *session, const struct completion *completion) {
    struct text output = {0};
    size_t widest = 1, across, cursor = session->line.cursor;
    line_leave(&session->line, session->prompt, columns(), &output);
    session->line.cursor = cursor;
    const char *name = completion->names.bytes;
    for (size_t i = 0; i < completion->count; i++, name += strlen(name) + 1)
        widest = strlen(name) > widest ? strlen(name) : widest;
    across = columns() / (widest + 2) > 0 ? columns() / (widest + 2) : 1;
    name = completion->names.bytes;
    for (size_t i = 0; i < completion->count; i++, name += strlen(name) + 1) {
        bool last = i % across == across - 1 || i + 1 == completion->count;
        text_add_format(&output, "%-*s%s", last ? 0 : (int)widest + 2, name, last ? "\r\n" : "");
    }
    send(&output);
}

static void complete(struct session *session) {
    struct line *line = &session->line;
    struct completion completion;
    completion_find(text_string(&line->text), line->cursor, &completion);
    size_t part = line->cursor - completion.from;
    bool longer = completion.common.length > part ||
                  (completion.count == 1 &&
                   memcmp(text_string(&completion.common), line->text.bytes + completion.from, part) == 0);
    if (completion.count > 0 && longer) {
        struct key back = {.kind = KEY_BACKSPACE};
        while (line->cursor > completion.from) line_key(line, &back);
        line_insert(line, text_string(&completion.common), completion.common.length);
        if (completion.count == 1) line_insert(line, completion.is_folder ? "/" : " ", 1);
        session->listed = false;
    } else if (completion.count > 1 && session->listed) {
        show_names(session, &completion);
    } else {
        session->listed = completion.count > 1; // the second time they are shown
        write_all(STDERR_FILENO, "\a", 1);
    }
    completion_free(&completion);
}

static void go_back(struct session *session, size_t back) {
    const char *line = back > 0 ? history_line(back) : text_string(&session->fresh);
    if (line == NULL) return;
    if (session->back == 0) {
        text_cut(&session->fresh, 0);
        text_add(&session->fresh, text_string(&session->line.text), session->line.text.length);
    }
    if (back == 0) line = text_string(&session->fresh);
    session->back = back;
    line_set(&session->line, line);
}

// => whether the key was for the search
static bool search_key(struct session *session, const struct key *key) {
    size_t from = session->back > 0 ? session->back : 1;
    if (key->kind == KEY_TEXT) {
        text_add(&session->wanted, key->text, key->length);
    } else if (key->kind == KEY_SEARCH) {
        from = session->back + 1;
    } else if (key->kind == KEY_BACKSPACE && session->wanted.length > 0) {
        text_cut(&session->wanted, session->wanted.length - 1);
    } else {
        session->searching = false; // and the key does what it does
        return false;
    }
    size_t found = session->wanted.length > 0 ? history_search(text_string(&session->wanted), from) : 0;
    if (found > 0) {
        go_back(session, found);
    } else if (session->wanted.length > 0) {
        write_all(STDERR_FILENO, "\a", 1);
    }
    return true;
}

enum outcome { GOES_ON, ENTERED, INTERRUPTED, ENDED };

static enum outcome handle(struct session *session, const struct key *key) {
    if (session->searching && search_key(session, key)) return GOES_ON;
    if (key->kind != KEY_COMPLETE) session->listed = false;
    switch (key->kind) {
    case KEY_ENTER:
        return ENTERED;
    case KEY_INTERRUPT:
        return INTERRUPTED;
    case KEY_END_OF_FILE:
        if (session->line.text.length == 0) return ENDED;
        line_key(&session->line, key);
        break;
    case KEY_UP:
        go_back(session, session->back + 1);
        break;
    case KEY_DOWN:
        if (session->back > 0) go_back(session, session->back - 1);
        break;
    case KEY_CLEAR:
        write_all(STDERR_FILENO, "\033[H\033[2J", 7);
        session->line.drawn_row = 0;
        break;
    case KEY_SEARCH:
        session->searching = true;
        text_cut(&session->wanted, 0);
        break;
    case KEY_COMPLETE:
        complete(session);
        break;
    case KEY_NONE:
    case KEY_TEXT:
    case KEY_LEFT:
    case KEY_RIGHT:
    case KEY_WORD_LEFT:
    case KEY_WORD_RIGHT:
    case KEY_HOME:
    case KEY_END:
    case KEY_BACKSPACE:
    case KEY_DELETE:
    case KEY_KILL_END:
    case KEY_KILL_BEGIN:
    case KEY_KILL_WORD:
    case KEY_YANK:
    case KEY_SWAP:
        line_key(&session->line, key);
        break;
    }
    return GOES_ON;
}

static enum outcome edit(struct session *session) {
    enum outcome outcome = GOES_ON;
    struct key key;
    draw(session);
    while (outcome == GOES_ON) {
        if (!next_key(&key)) return ENDED;
        outcome = handle(session, &key);
        if (outcome == GOES_ON && pending_length == 0) draw(session); // what is pasted is drawn once
    }
    session->searching = false;
    struct text output = {0};
    line_leave(&session->line, session->prompt, columns(), &output);
    send(&output);
    return outcome;
}

// A terminal that cannot be drawn on: its own line discipline edits. => as edit
static enum outcome read_plain(struct session *session) {
    write_all(STDERR_FILENO, session->prompt, strlen(session->prompt));
    for (;;) {
        char byte;
        if (!traps_wait_input(STDIN_FILENO)) {
            traps_run();
            if (shell.flow != FLOW_ABORT) continue;
            write_all(STDERR_FILENO, "\n", 1);
            return INTERRUPTED;
        }
        if (read(STDIN_FILENO, &byte, 1) <= 0) return ENDED;
        if (byte == '\n') return ENTERED;
        line_insert(&session->line, &byte, 1);
    }
}

bool editor_line(struct text *text, bool goes_on) {
    struct text told = {0};
    traps_run();
    jobs_tell(&told, false, false);
    send(&told);
    struct scratch scratch = {0};
    const char *prompt = variable_get(goes_on ? "PS2" : "PS1");
    prompt = prompt != NULL ? expand_text(prompt, EXPAND_DOCUMENT, &scratch) : "";
    struct session session = {.prompt = prompt != NULL ? prompt : "$ "};
    shell.flow = FLOW_ON;
    bool raw = begin_raw();
    enum outcome outcome = raw ? edit(&session) : read_plain(&session);
    if (raw) end_raw();
    if (outcome == ENTERED) {
        history_add(text_string(&session.line.text));
        text_add(text, text_string(&session.line.text), session.line.text.length);
        text_add_char(text, '\n');
    } else if (outcome == INTERRUPTED) {
        shell.flow = FLOW_ABORT;
        shell.status = 128 + SIGINT;
    } else if (jobs_are_stopped() && !goes_on) {
        static bool warned;
        static const char words[] = "There are stopped jobs.\n";
        if (!warned) write_all(STDERR_FILENO, words, sizeof words - 1);
        if (!warned) outcome = INTERRUPTED;
        warned = true;
    }
    text_free(&session.fresh);
    text_free(&session.wanted);
    line_free(&session.line);
    scratch_release(&scratch, (struct scratch_mark){0});
    return outcome != ENDED;
}
