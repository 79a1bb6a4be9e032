// SPDX-License-Identifier: MIT
// What the two halves of the grammar use of each other.
#pragma once

#include "parser.h"

// The token ahead, as a word in scratch memory.
const char *take_text(struct parser *parser);
void skip_newlines(struct parser *parser);

// The parser fails, or needs more, because something else is ahead.
void unexpected(struct parser *parser, const char *wanted);

// A command begins at the token ahead; ended by the one that was taken last.
struct command *new_command(struct parser *parser, enum command_kind kind);
struct command *ended(struct parser *parser, struct command *command);

bool is_name(const char *text, size_t length);
void parse_redirections(struct parser *parser, struct redirection **last);
struct word *parse_words(struct parser *parser);

// => NULL if no such command begins here
struct command *parse_simple(struct parser *parser);
struct command *parse_and_or(struct parser *parser);
