// SPDX-License-Identifier: MIT
// A word while it is expanded: each byte has a mark that says where it is from; and the fields that it becomes. Pure.
#pragma once

#include "scratch.h"
#include "syntax.h"
#include "text.h"

enum mark {
    MARK_LITERAL = 'l',  // stood in the word: no field ends here, patterns work
    MARK_QUOTED = 'q',   // is what it is
    MARK_EXPANDED = 'e', // was a value: fields end at IFS, patterns work
    MARK_EMPTY = 'n',    // no byte: but the field is there, as "" is
    MARK_BREAK = 'b',    // no byte: a field ends, as between the words of "$@"
};

struct marked {
    struct text bytes, marks;
};

void marked_add(struct marked *marked, const char *bytes, size_t length, enum mark mark);
void marked_free(struct marked *marked);

// => the bytes alone; what ends a field is a blank
char *marked_plain(const struct marked *marked, struct scratch *scratch);

// => as a pattern: a backslash before what is quoted
char *marked_pattern(const struct marked *marked, size_t from, size_t to, struct scratch *scratch);

// Calls back for each field, from and to; `separators` as IFS.
typedef void field_found(void *context, const struct marked *marked, size_t from, size_t to);
void fields_split(const struct marked *marked, const char *separators, field_found *found, void *context);
