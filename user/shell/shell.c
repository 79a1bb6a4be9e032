// SPDX-License-Identifier: MIT
// The shell's state, and how it complains.
#include "shell.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

struct shell shell = {.name = "sh"};

bool write_all(int descriptor, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t written = write(descriptor, bytes, length);
        if (written < 0 && errno == EINTR && shell.flow != FLOW_ABORT) continue;
        if (written <= 0) return false;
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

static void complain_with(const char *format, va_list arguments) {
    char line[512];
    int length = shell.interactive ? snprintf(line, sizeof line, "sh: ")
                                   : snprintf(line, sizeof line, "%.80s: line %u: ", shell.name, shell.line);
    length += vsnprintf(line + length, sizeof line - (size_t)length, format, arguments);
    if (length >= (int)sizeof line) length = (int)sizeof line - 1;
    line[length] = '\n';
    write_all(STDERR_FILENO, line, (size_t)length + 1);
}

void complain(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    complain_with(format, arguments);
    va_end(arguments);
}

void give_up(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    complain_with(format, arguments);
    va_end(arguments);
    shell.status = 2;
    shell.flow = shell.interactive ? FLOW_ABORT : FLOW_EXIT;
}
