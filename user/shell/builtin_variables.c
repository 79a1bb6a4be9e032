// SPDX-License-Identifier: MIT
// Builtins that keep variables, parameters and options.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builtin.h"
#include "functions.h"
#include "shell.h"
#include "traps.h"
#include "variables.h"

// NAME or NAME=value, for export, readonly, local.
static int declare(int count, char **words, void (*mark)(const char *name), bool before) {
    for (int i = 1; i < count; i++) {
        if (strcmp(words[i], "-p") == 0) continue;
        char *equals = strchr(words[i], '=');
        if (equals != NULL) *equals = '\0';
        if (!variable_is_name(words[i])) {
            give_up("%s: %.100s: no name of a variable", words[0], words[i]);
            return 2;
        }
        if (before) mark(words[i]);
        if (equals != NULL && !variable_set(words[i], equals + 1)) {
            give_up("%.100s: is read-only", words[i]);
            return 2;
        }
        if (!before) mark(words[i]);
    }
    return 0;
}

static int show(const char *name, enum variables_shown which) {
    struct text text = {0};
    variables_show(which, &text);
    return builtin_say(name, &text);
}

int builtin_export(int count, char **words) {
    if (count < 2 || strcmp(words[1], "-p") == 0) return show("export", SHOW_EXPORTED);
    return declare(count, words, variable_export, false);
}

int builtin_readonly(int count, char **words) {
    if (count < 2 || strcmp(words[1], "-p") == 0) return show("readonly", SHOW_FROZEN);
    return declare(count, words, variable_freeze, false);
}

int builtin_local(int count, char **words) {
    if (shell.functions == 0) {
        give_up("local: not in a function");
        return 2;
    }
    return declare(count, words, variable_local, true);
}

int builtin_unset(int count, char **words) {
    int status = 0, first = 1;
    bool functions = count > 1 && strcmp(words[1], "-f") == 0;
    if (functions || (count > 1 && strcmp(words[1], "-v") == 0)) first = 2;
    for (int i = first; i < count; i++) {
        if (functions) {
            function_unset(words[i]);
        } else if (!variable_is_name(words[i])) {
            status = builtin_fail("unset", "%.100s: no name of a variable", words[i]);
        } else if (!variable_unset(words[i])) {
            status = builtin_fail("unset", "%.100s: is read-only", words[i]);
        }
    }
    return status;
}

static bool set_option(char letter, bool on) {
    switch (letter) {
    case 'e':
        shell.exit_on_error = on;
        return true;
    case 'x':
        shell.trace = on;
        return true;
    case 'u':
        shell.unset_is_error = on;
        return true;
    case 'f':
        shell.no_globs = on;
        return true;
    case 'C':
        shell.no_clobber = on;
        return true;
    default:
        return false;
    }
}

int builtin_set(int count, char **words) {
    if (count == 1) return show("set", SHOW_ALL);
    int i = 1;
    for (; i < count && (words[i][0] == '-' || words[i][0] == '+') && words[i][1] != '\0'; i++) {
        if (strcmp(words[i], "--") == 0) {
            parameters_set(words + i + 1, (size_t)(count - i - 1));
            return 0;
        }
        for (const char *letter = words[i] + 1; *letter != '\0'; letter++) {
            if (!set_option(*letter, words[i][0] == '-')) {
                give_up("set: %.100s: no such option", words[i]);
                return 2;
            }
        }
    }
    if (i < count) parameters_set(words + i, (size_t)(count - i));
    return 0;
}

int builtin_shift(int count, char **words) {
    char *end = NULL;
    unsigned long by = count > 1 ? strtoul(words[1], &end, 10) : 1;
    if (count > 1 && (*end != '\0' || *words[1] == '\0')) return builtin_fail("shift", "%.100s: no number", words[1]);
    if (by > parameters.count) {
        give_up("shift: there are only %zu parameters", parameters.count);
        return 2;
    }
    for (size_t i = 0; i < by; i++) free(parameters.values[i]);
    parameters.count -= by;
    memmove(parameters.values, parameters.values + by, parameters.count * sizeof(char *));
    return 0;
}

// A line, byte by byte: what is behind it belongs to others. A quoted byte gets a mark. => false: the end came first
static bool read_line(struct text *line, struct text *marks, bool raw) {
    for (;;) {
        char byte;
        if (shell.interactive && !traps_wait_input(STDIN_FILENO)) {
            if (traps_pending() != 0) return false;
            continue;
        }
        ssize_t count = read(STDIN_FILENO, &byte, 1);
        if (count < 0 && errno == EINTR && traps_pending() == 0) continue;
        if (count <= 0) return false;
        bool quoted = byte == '\\' && !raw;
        if (quoted && (read(STDIN_FILENO, &byte, 1) != 1 || byte == '\n')) continue;
        if (byte == '\n' && !quoted) return true;
        if (byte == '\0') continue;
        text_add_char(line, byte);
        text_add_char(marks, quoted ? 'q' : ' ');
    }
}

static bool separates(const struct text *line, const struct text *marks, size_t i, const char *set) {
    return marks->bytes[i] == ' ' && strchr(set, line->bytes[i]) != NULL;
}

// The next name's part of the line, from *at on; the last name gets all the rest.
static char *take_field(const struct text *line, const struct text *marks, size_t *at, bool last) {
    const char *separators = variable_get("IFS");
    if (separators == NULL) separators = " \t\n";
    char blanks[4] = "", *blank = blanks;
    for (const char *p = " \t\n"; *p != '\0'; p++) {
        if (strchr(separators, *p) != NULL) *blank++ = *p;
    }
    while (*at < line->length && *blanks != '\0' && separates(line, marks, *at, blanks)) ++*at;
    size_t from = *at, to = *at;
    while (to < line->length && !separates(line, marks, to, separators)) to++;
    size_t next = to;
    while (next < line->length && separates(line, marks, next, blanks)) next++;
    if (next < line->length && separates(line, marks, next, separators)) next++;
    if (last && next < line->length) { // more than names: the rest as it is, but for blanks at the end
        to = next = line->length;
        while (to > from && separates(line, marks, to - 1, blanks)) to--;
    }
    *at = next;
    char *field = memory_take(to - from + 1);
    if (to > from) memcpy(field, line->bytes + from, to - from);
    return field;
}

int builtin_read(int count, char **words) {
    bool raw = false;
    int i = 1;
    for (; i < count && words[i][0] == '-' && words[i][1] != '\0'; i++) {
        if (strcmp(words[i], "-r") == 0) {
            raw = true;
        } else if (strcmp(words[i], "-p") == 0 && i + 1 < count) {
            write_all(STDERR_FILENO, words[i + 1], strlen(words[i + 1]));
            i++;
        } else {
            return builtin_fail("read", "%.100s: no such option", words[i]);
        }
    }
    if (i == count) return builtin_fail("read", "a name is missing");
    struct text line = {0}, marks = {0};
    int status = read_line(&line, &marks, raw) ? 0 : 1;
    for (size_t at = 0; i < count; i++) {
        char *field = take_field(&line, &marks, &at, i == count - 1);
        if (!variable_is_name(words[i])) {
            status = builtin_fail("read", "%.100s: no name of a variable", words[i]);
        } else if (!variable_set(words[i], field)) {
            status = builtin_fail("read", "%.100s: is read-only", words[i]);
        }
        free(field);
    }
    text_free(&line);
    text_free(&marks);
    return status;
}
