// SPDX-License-Identifier: MIT
// What words stand for: ~, $name, ${...}, $( ), $(( )), quotes, fields, names of files.
#pragma once

#include "fields.h"
#include "scratch.h"
#include "syntax.h"

enum expansion_how {
    EXPAND_WORD = 0,
    EXPAND_ASSIGNMENT = 1, // ~ works behind : too
    EXPAND_DOCUMENT = 2,   // a here-document: as in double quotes, but " is a character
};

// The fields of all the words. => false: it has been complained, and shell.flow is set
bool expand_words(const struct word *words, struct scratch *scratch, struct word **fields, size_t *count);

// One field, unsplit. => NULL: it has been complained
const char *expand_text(const char *word, enum expansion_how how, struct scratch *scratch);
const char *expand_pattern(const char *word, struct scratch *scratch);

// For the two halves of the expansion.
struct expansion {
    struct marked out;
    struct scratch *scratch;
    bool quoted, document, failed;
    bool in_braces; // a } is quoted by a backslash, in double quotes too
    bool none;      // a "$@" of no parameters was there
    enum mark literal;
};

void expand_piece(struct expansion *expansion, const char *text, size_t length);
void expand_value(struct expansion *expansion, const char *value, size_t length);

// From the $ on. => how many bytes it took
size_t expand_dollar(struct expansion *expansion, const char *text, size_t length);
