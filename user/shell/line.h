// SPDX-License-Identifier: MIT
// A line that is edited, and how it is drawn. Pure.
#pragma once

#include "keys.h"
#include "text.h"

enum { LINE_LIMIT = 8192 };

struct line {
    struct text text;
    size_t cursor;      // a byte, at the beginning of a character
    struct text killed; // by the last of Ctrl-K, Ctrl-U, Ctrl-W
    size_t drawn_row;   // of the cursor, when it was drawn last
};

void line_set(struct line *line, const char *text);
void line_insert(struct line *line, const char *bytes, size_t length);
void line_free(struct line *line);

// What the key does to the line itself. => false: nothing
bool line_key(struct line *line, const struct key *key);

// The bytes that draw it anew below `prompt`, on a terminal of so many columns, and leave the cursor where it is.
void line_draw(struct line *line, const char *prompt, size_t columns, struct text *output);

// The bytes that bring the cursor below the line.
void line_leave(struct line *line, const char *prompt, size_t columns, struct text *output);
