// SPDX-License-Identifier: MIT
// The lines that were entered: a ring.
#include "history.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shell.h"

static char *lines[HISTORY_LINES];
static size_t count; // of all that ever were

void history_add(const char *line) {
    const char *last = history_line(1);
    if (line[strspn(line, " \t")] == '\0' || (last != NULL && strcmp(last, line) == 0)) return;
    char **place = &lines[count++ % HISTORY_LINES];
    free(*place);
    *place = memory_copy(line);
}

const char *history_line(size_t back) {
    return back >= 1 && back <= count && back <= HISTORY_LINES ? lines[(count - back) % HISTORY_LINES] : NULL;
}

size_t history_search(const char *part, size_t back) {
    const char *line;
    for (; (line = history_line(back)) != NULL; back++) {
        if (strstr(line, part) != NULL) return back;
    }
    return 0;
}

void history_read(const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    struct text text = {0};
    char bytes[4096];
    for (ssize_t length; (length = read(file, bytes, sizeof bytes)) > 0 && text.length < (1 << 20);) {
        for (ssize_t i = 0; i < length; i++) {
            if (bytes[i] != '\n') {
                text_add_char(&text, bytes[i]);
                continue;
            }
            history_add(text_string(&text));
            text_cut(&text, 0);
        }
    }
    text_free(&text);
    close(file);
}

void history_write(const char *path) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return;
    for (size_t back = HISTORY_LINES; back > 0; back--) {
        const char *line = history_line(back);
        if (line == NULL) continue;
        write_all(file, line, strlen(line));
        write_all(file, "\n", 1);
    }
    close(file);
}

void history_free(void) {
    for (size_t i = 0; i < HISTORY_LINES; i++) {
        free(lines[i]);
        lines[i] = NULL;
    }
    count = 0;
}
