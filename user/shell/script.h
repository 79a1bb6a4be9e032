// SPDX-License-Identifier: MIT
// Where commands come from: a string, a file, lines; each command is parsed, run, and forgotten.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "scratch.h"
#include "text.h"

// A command's tree and the text it was made from. It stays while somebody uses it: functions are trees in it.
struct unit {
    struct scratch scratch;
    char *text;
    unsigned users;
};

extern struct unit *unit_running; // NULL: none

void unit_use(struct unit *unit);
void unit_leave(struct unit *unit);

// => the status of the last command; shell.flow may be set. With `last`, nothing comes behind it
int run_text(const char *text, size_t length, bool last);

// Reads all of it. => false: errno says why it could not be read
bool run_file(const char *path);

// Commands from lines until they end. `more` appends a line and is told whether it goes on with a command.
typedef bool line_source(struct text *text, bool goes_on);
int run_lines(line_source *more);
