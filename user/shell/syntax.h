// SPDX-License-Identifier: MIT
// What the parser makes of a command: a tree in scratch memory. Words are as they were written, quotes and all.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct word {
    struct word *next;
    const char *text;
};

enum redirection_kind { READ_FROM, WRITE_TO, WRITE_OVER, APPEND_TO, READ_WRITE, SAME_AS, HERE_DOCUMENT };

struct redirection {
    struct redirection *next;
    enum redirection_kind kind;
    int descriptor;       // that is changed
    const char *target;   // a word; of a here-document: its text
    const char *ends;     // a here-document's last line, unquoted, while it is looked for
    bool literal, indent; // a here-document: nothing in it is expanded; its tabs are left out
};

enum command_kind {
    COMMAND_SIMPLE,
    COMMAND_PIPELINE,
    COMMAND_AND,
    COMMAND_OR,
    COMMAND_GROUP,
    COMMAND_SUBSHELL,
    COMMAND_IF,
    COMMAND_WHILE,
    COMMAND_UNTIL,
    COMMAND_FOR,
    COMMAND_CASE,
    COMMAND_FUNCTION,
};

struct case_item {
    struct case_item *next;
    struct word *patterns;
    struct command *body;
};

struct command {
    struct command *next; // of its list, or of its pipeline
    enum command_kind kind;
    unsigned line;
    bool background;      // followed by &
    bool negated, timed;  // a pipeline
    bool has_in;          // a for with words
    const char *source;   // as it was written
    size_t source_length; //
    struct redirection *redirections;
    struct word *assignments, *words; // of a simple command; a for's words; a case's word
    const char *name;                 // of a function, a for's variable
    struct command *first;            // a pipeline's first, a group's list, the condition, the left side
    struct command *second;           // a body, a right side
    struct command *otherwise;        // an else
    struct case_item *items;
};
