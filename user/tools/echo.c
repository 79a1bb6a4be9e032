// SPDX-License-Identifier: MIT
// echo, true, false, yes, pwd, basename, dirname, clear, tty, sleep, sync: tools of a few lines.
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"
#include "tools.h"

int tool_echo(int count, char **words) {
    bool newline = count < 2 || strcmp(words[1], "-n") != 0;
    for (int i = newline ? 1 : 2; i < count; i++) printf("%s%s", words[i], i + 1 < count ? " " : "");
    if (newline) putchar('\n');
    return tool_status();
}

int tool_true(int count, char **words) {
    (void)count, (void)words;
    return 0;
}

int tool_false(int count, char **words) {
    (void)count, (void)words;
    return 1;
}

int tool_yes(int count, char **words) {
    static char lines[8192];
    size_t used = 0, length = 0;
    for (int i = count > 1 ? 1 : 0; i < count; i++) {
        int written = snprintf(lines + length, sizeof lines / 2 - length, "%s%c", count > 1 ? words[i] : "y",
                               i + 1 < count ? ' ' : '\n');
        length += written > 0 ? (size_t)written : 0;
        if (length >= sizeof lines / 2) give_up("the words are too long");
    }
    for (used = length; used + length <= sizeof lines; used += length) memcpy(lines + used, lines, length);
    while (write(STDOUT_FILENO, lines, used) > 0) continue; // many lines at once
    complain_errno("output");
    return tool_status();
}

int tool_pwd(int count, char **words) {
    char path[PATH_MAX];
    (void)count, (void)words;
    if (getcwd(path, sizeof path) == NULL) {
        complain_errno("the folder");
    } else {
        puts(path);
    }
    return tool_status();
}

int tool_basename(int count, char **words) {
    if (count < 2) give_up("usage: basename PATH [ENDING]");
    char *path = words[1];
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') path[--length] = '\0';
    const char *base = path_base(path);
    size_t ending = count > 2 ? strlen(words[2]) : 0;
    length = strlen(base);
    if (ending < length && ending > 0 && strcmp(base + length - ending, words[2]) == 0) length -= ending;
    printf("%.*s\n", (int)length, base);
    return tool_status();
}

int tool_dirname(int count, char **words) {
    if (count < 2) give_up("usage: dirname PATH");
    const char *path = words[1];
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') length--;
    while (length > 0 && path[length - 1] != '/') length--;
    while (length > 1 && path[length - 1] == '/') length--;
    if (length == 0) {
        puts(".");
    } else {
        printf("%.*s\n", (int)length, path);
    }
    return tool_status();
}

int tool_clear(int count, char **words) {
    (void)count, (void)words;
    fputs("\033[H\033[2J", stdout);
    return tool_status();
}

int tool_tty(int count, char **words) {
    (void)count, (void)words;
    const char *name = ttyname(STDIN_FILENO);
    puts(isatty(STDIN_FILENO) ? (name != NULL ? name : "a terminal without a name") : "not a tty");
    return isatty(STDIN_FILENO) ? tool_status() : 1;
}

int tool_sleep(int count, char **words) {
    if (count < 2) give_up("usage: sleep SECONDS[smhd]...");
    for (int i = 1; i < count; i++) {
        char *end;
        double seconds = strtod(words[i], &end);
        const char *unit = *end != '\0' && end[1] == '\0' ? strchr("smhd", *end) : NULL;
        seconds *= unit == NULL || *unit == 's' ? 1 : *unit == 'm' ? 60 : *unit == 'h' ? 3600 : 86400;
        if (end == words[i] || (*end != '\0' && unit == NULL) || !(seconds >= 0 && seconds < 1e12)) {
            give_up("%s: no time", words[i]);
        }
        struct timespec rest = {.tv_sec = (time_t)seconds};
        rest.tv_nsec = (long)((seconds - (double)rest.tv_sec) * 1e9);
        while (nanosleep(&rest, &rest) < 0 && errno == EINTR) continue;
    }
    return 0;
}

int tool_sync(int count, char **words) {
    (void)count, (void)words;
    sync();
    return 0;
}
