// SPDX-License-Identifier: MIT
// The lines that were entered. Pure, but for the file that may keep them.
#pragma once

#include <stddef.h>

enum { HISTORY_LINES = 500 };

// Not what is empty, or the same as the last.
void history_add(const char *line);

// => the line so many back, 1 is the last; NULL: there are no more
const char *history_line(size_t back);

// => how far back there is one with this in it, from `back` on; 0: none
size_t history_search(const char *part, size_t back);

void history_read(const char *path);
void history_write(const char *path);
void history_free(void);
