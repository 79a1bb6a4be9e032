// SPDX-License-Identifier: MIT
// Where commands come from: text is taken in growing pieces until it is a command.
#include "script.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "execution.h"
#include "parser.h"
#include "shell.h"
#include "traps.h"

enum { TEXTS_DEPTH = 300 };

struct unit *unit_running;

void unit_use(struct unit *unit) { unit->users++; }

void unit_leave(struct unit *unit) {
    if (--unit->users > 0) return;
    scratch_release(&unit->scratch, (struct scratch_mark){0});
    free(unit->text);
    free(unit);
}

// => what it was; `taken` bytes are behind us
static enum parse_result run_one(const char *text, size_t length, bool whole, bool last, size_t *taken) {
    struct unit *unit = memory_take(sizeof *unit), *outer = unit_running;
    unit_use(unit);
    unit->text = memory_take(length + 1);
    if (length > 0) memcpy(unit->text, text, length);
    struct parser parser;
    struct command *tree;
    parser_begin(&parser, unit->text, length, whole, &unit->scratch);
    unsigned first = shell.line;
    parser.line = first;
    enum parse_result result = parser_next(&parser, &tree);
    *taken = parser.at;
    shell.line = parser.line;
    if (result == PARSE_COMMAND) {
        unit_running = unit;
        run_list(tree, last && whole && *taken == length);
        unit_running = outer;
    } else if (result == PARSE_WRONG) {
        give_up("syntax: %s", parser.error);
    }
    shell.line = result == PARSE_INCOMPLETE ? first : parser.line;
    unit_leave(unit);
    return result;
}

int run_text(const char *text, size_t length, bool last) {
    if (shell.texts >= TEXTS_DEPTH) {
        give_up("texts are run inside texts more than %d deep", TEXTS_DEPTH);
        return shell.status;
    }
    shell.texts++;
    unsigned line = shell.line;
    shell.line = 1;
    size_t at = 0, lines = 1;
    while (at < length && shell.flow == FLOW_ON) {
        size_t piece = 0, taken;
        for (size_t i = 0; i < lines && at + piece < length; i++) {
            const char *newline = memchr(text + at + piece, '\n', length - at - piece);
            piece = newline != NULL ? (size_t)(newline - text) + 1 - at : length - at;
        }
        enum parse_result result = run_one(text + at, piece, at + piece == length, last, &taken);
        lines = result == PARSE_INCOMPLETE ? 2 * lines : 1;
        if (result != PARSE_INCOMPLETE) at += taken;
        if (result == PARSE_END) break;
    }
    shell.line = line;
    shell.texts--;
    return shell.status;
}

bool run_file(const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    struct text text = {0};
    char bytes[4096];
    ssize_t count;
    while ((count = read(file, bytes, sizeof bytes)) > 0 || (count < 0 && errno == EINTR)) {
        if (count > 0) text_add(&text, bytes, (size_t)count);
    }
    int error = errno;
    close(file);
    if (count == 0) run_text(text_string(&text), text.length, false);
    text_free(&text);
    errno = error;
    return count == 0;
}

int run_lines(line_source *more) {
    struct text text = {0};
    bool goes_on = false, there = true;
    while (there && shell.flow != FLOW_EXIT) {
        shell.flow = FLOW_ON;
        there = more(&text, goes_on);
        if (shell.flow == FLOW_ABORT) { // Ctrl-C at the prompt: the lines so far are gone
            text_cut(&text, 0);
            goes_on = false;
            continue;
        }
        size_t taken;
        goes_on = run_one(text_string(&text), text.length, !there, false, &taken) == PARSE_INCOMPLETE;
        if (!goes_on) text_cut(&text, 0);
    }
    text_free(&text);
    return shell.status;
}
