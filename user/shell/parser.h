// SPDX-License-Identifier: MIT
// The reader of the shell's language: text in, a tree out. Pure: it runs nothing and asks nobody.
#pragma once

#include "scratch.h"
#include "syntax.h"

enum { PARSER_DEPTH = 60, PARSER_LIMIT = 1 << 20 };

enum token_kind {
    TOKEN_END,
    TOKEN_NEWLINE,
    TOKEN_WORD,
    TOKEN_NUMBER, // digits right before < or >
    TOKEN_AND_IF,
    TOKEN_OR_IF,
    TOKEN_DOUBLE_SEMICOLON,
    TOKEN_SEMICOLON,
    TOKEN_AMPERSAND,
    TOKEN_PIPE,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_HERE_INDENT,
    TOKEN_HERE,
    TOKEN_LESS_GREAT,
    TOKEN_LESS_AND,
    TOKEN_LESS,
    TOKEN_APPEND,
    TOKEN_CLOBBER,
    TOKEN_GREAT_AND,
    TOKEN_GREAT,
};

enum parse_result {
    PARSE_COMMAND,    // a line's commands
    PARSE_NOTHING,    // an empty line
    PARSE_END,        // of the text
    PARSE_INCOMPLETE, // more lines are needed
    PARSE_WRONG,      // error says why
};

struct parser {
    const char *text;
    size_t length, at;
    bool whole; // no more text will come
    unsigned line, depth;
    struct scratch *scratch;
    enum token_kind kind; // the token ahead, when there is one
    bool ahead;
    size_t start, end, last_end; // where it is; where the one before it ended
    struct redirection *documents[16];
    size_t documents_wanted;
    bool failed, incomplete;
    char error[120];
};

// The text must stay while the tree is used.
void parser_begin(struct parser *parser, const char *text, size_t length, bool whole, struct scratch *scratch);

// The next line's commands.
enum parse_result parser_next(struct parser *parser, struct command **tree);

// For the two halves of the parser, and for the expansion.

// => the kind of the token ahead
enum token_kind token_look(struct parser *parser);
void token_take(struct parser *parser);
bool token_is(struct parser *parser, const char *reserved);
const char *token_name(struct parser *parser);
__attribute__((format(printf, 2, 3))) void parser_fail(struct parser *parser, const char *format, ...);
void parser_need_more(struct parser *parser, const char *wanted);
bool parser_deeper(struct parser *parser);

// From a $ or a ` (at parser->at) to behind what it begins. In double quotes a single quote is a character like any.
void skip_dollar(struct parser *parser, bool in_quotes);
void skip_backquotes(struct parser *parser);
void skip_single_quotes(struct parser *parser);
void skip_double_quotes(struct parser *parser);

// The commands up to a closing parenthesis, which is taken too.
struct command *parse_to_close(struct parser *parser);

// The bodies of the here-documents of the line that just ended.
void read_documents(struct parser *parser);
