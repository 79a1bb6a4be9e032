// SPDX-License-Identifier: MIT
// The words and operators of the shell's language, and how far quoting reaches.
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "parser.h"

static const struct {
    enum token_kind kind;
    const char *text;
} operators[] = {
    // A longer one before what it begins with.
    {TOKEN_AND_IF, "&&"},       {TOKEN_OR_IF, "||"},    {TOKEN_DOUBLE_SEMICOLON, ";;"},
    {TOKEN_HERE_INDENT, "<<-"}, {TOKEN_HERE, "<<"},     {TOKEN_LESS_GREAT, "<>"},
    {TOKEN_LESS_AND, "<&"},     {TOKEN_APPEND, ">>"},   {TOKEN_CLOBBER, ">|"},
    {TOKEN_GREAT_AND, ">&"},    {TOKEN_LESS, "<"},      {TOKEN_GREAT, ">"},
    {TOKEN_SEMICOLON, ";"},     {TOKEN_AMPERSAND, "&"}, {TOKEN_PIPE, "|"},
    {TOKEN_OPEN, "("},          {TOKEN_CLOSE, ")"},     {TOKEN_NEWLINE, "\n"},
};

void parser_fail(struct parser *parser, const char *format, ...) {
    if (parser->failed) return; // the first reason is the one to tell
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(parser->error, sizeof parser->error, format, arguments);
    va_end(arguments);
    parser->failed = true;
}

void parser_need_more(struct parser *parser, const char *wanted) {
    if (!parser->failed) parser->incomplete = !parser->whole;
    parser_fail(parser, "%s is missing at the end", wanted);
}

bool parser_deeper(struct parser *parser) {
    if (parser->depth >= PARSER_DEPTH) parser_fail(parser, "nested more than %d deep", PARSER_DEPTH);
    parser->depth++;
    return !parser->failed;
}

static char peek(const struct parser *parser, size_t ahead) {
    return parser->at + ahead < parser->length ? parser->text[parser->at + ahead] : '\0';
}

static bool at_end(const struct parser *parser) { return parser->at >= parser->length || parser->failed; }

static void advance(struct parser *parser) {
    if (peek(parser, 0) == '\n') parser->line++;
    parser->at++;
}

static void skip_escaped(struct parser *parser) {
    advance(parser);
    bool goes_on = at_end(parser) || peek(parser, 0) == '\n';
    if (!at_end(parser)) advance(parser);
    if (goes_on && at_end(parser) && !parser->whole) parser_need_more(parser, "what is behind a backslash");
}

void skip_single_quotes(struct parser *parser) {
    advance(parser);
    while (!at_end(parser) && peek(parser, 0) != '\'') advance(parser);
    if (at_end(parser)) {
        parser_need_more(parser, "a closing '");
    } else {
        advance(parser);
    }
}

void skip_backquotes(struct parser *parser) {
    advance(parser);
    while (!at_end(parser) && peek(parser, 0) != '`') {
        if (peek(parser, 0) == '\\') {
            skip_escaped(parser);
        } else {
            advance(parser);
        }
    }
    if (at_end(parser)) {
        parser_need_more(parser, "a closing `");
    } else {
        advance(parser);
    }
}

void skip_double_quotes(struct parser *parser) {
    advance(parser);
    while (!at_end(parser) && peek(parser, 0) != '"') {
        if (peek(parser, 0) == '\\') {
            skip_escaped(parser);
        } else if (peek(parser, 0) == '$') {
            skip_dollar(parser, true);
        } else if (peek(parser, 0) == '`') {
            skip_backquotes(parser);
        } else {
            advance(parser);
        }
    }
    if (at_end(parser)) {
        parser_need_more(parser, "a closing \"");
    } else {
        advance(parser);
    }
}

// One character of a word, or all that it begins.
static void skip_piece(struct parser *parser, bool in_quotes) {
    char byte = peek(parser, 0);
    if (byte == '\\') {
        skip_escaped(parser);
    } else if (byte == '\'' && !in_quotes) {
        skip_single_quotes(parser);
    } else if (byte == '"') {
        skip_double_quotes(parser);
    } else if (byte == '`') {
        skip_backquotes(parser);
    } else if (byte == '$') {
        skip_dollar(parser, in_quotes);
    } else {
        advance(parser);
    }
}

static void skip_braces(struct parser *parser, bool in_quotes) {
    parser->at += 2;
    if (peek(parser, 0) == '#') parser->at++; // the length of what follows, or the count of parameters
    while (isalnum((unsigned char)peek(parser, 0)) || peek(parser, 0) == '_') parser->at++;
    // A pattern has its quotes, in double quotes too; a ' that is a parameter's word there is a character.
    bool is_pattern = peek(parser, 0) == '%' || peek(parser, 0) == '#';
    while (!at_end(parser) && peek(parser, 0) != '}') skip_piece(parser, in_quotes && !is_pattern);
    if (at_end(parser)) {
        parser_need_more(parser, "a closing }");
    } else {
        advance(parser);
    }
}

static void skip_arithmetic(struct parser *parser) {
    parser->at += 3;
    unsigned open = 0;
    while (!at_end(parser)) {
        if (peek(parser, 0) == ')' && open == 0) break;
        open += peek(parser, 0) == '(';
        open -= peek(parser, 0) == ')';
        skip_piece(parser, true);
    }
    if (at_end(parser)) {
        parser_need_more(parser, "a closing ))");
    } else if (peek(parser, 1) != ')') {
        parser->at++;
        if (at_end(parser)) {
            parser_need_more(parser, "a closing ))");
        } else {
            parser_fail(parser, "a closing )) is missing");
        }
    } else {
        parser->at += 2;
    }
}

void skip_dollar(struct parser *parser, bool in_quotes) {
    if (!parser_deeper(parser)) return;
    if (peek(parser, 1) == '(' && peek(parser, 2) == '(') {
        skip_arithmetic(parser);
    } else if (peek(parser, 1) == '(') {
        parser->at += 2;
        // The commands in it are parsed for their end alone; what is ahead of the outer parser is not theirs.
        struct parser outer = *parser;
        struct scratch_mark mark = scratch_mark(parser->scratch);
        parser->ahead = false;
        parser->documents_wanted = 0;
        parse_to_close(parser);
        scratch_release(parser->scratch, mark);
        parser->ahead = outer.ahead;
        parser->kind = outer.kind;
        parser->start = outer.start;
        parser->end = outer.end;
        parser->last_end = outer.last_end;
        parser->documents_wanted = outer.documents_wanted;
        memcpy(parser->documents, outer.documents, sizeof parser->documents);
    } else if (peek(parser, 1) == '{') {
        skip_braces(parser, in_quotes);
    } else {
        advance(parser);
    }
    parser->depth--;
}

static bool ends_word(char byte) { return byte == '\0' || strchr(" \t\n;&|<>()", byte) != NULL; }

static void skip_blanks(struct parser *parser) {
    for (;;) {
        if (peek(parser, 0) == ' ' || peek(parser, 0) == '\t') {
            parser->at++;
        } else if (peek(parser, 0) == '\\' && peek(parser, 1) == '\n') {
            parser->at++;
            advance(parser);
            if (at_end(parser) && !parser->whole) parser_need_more(parser, "what a line goes on with");
        } else {
            break;
        }
    }
    if (peek(parser, 0) == '#') {
        while (!at_end(parser) && peek(parser, 0) != '\n') parser->at++;
    }
}

static enum token_kind read_token(struct parser *parser) {
    skip_blanks(parser);
    parser->start = parser->at;
    if (parser->at >= parser->length) return TOKEN_END;
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        size_t length = strlen(operators[i].text);
        if (parser->length - parser->at >= length &&
            memcmp(parser->text + parser->at, operators[i].text, length) == 0) {
            parser->at += length;
            if (operators[i].kind == TOKEN_NEWLINE) {
                parser->line++;
                read_documents(parser);
            }
            return operators[i].kind;
        }
    }
    bool digits = true;
    while (!at_end(parser) && !ends_word(peek(parser, 0))) {
        digits = digits && isdigit((unsigned char)peek(parser, 0));
        skip_piece(parser, false);
    }
    if (!parser->failed && parser->at == parser->start) parser_fail(parser, "a zero byte");
    return digits && (peek(parser, 0) == '<' || peek(parser, 0) == '>') ? TOKEN_NUMBER : TOKEN_WORD;
}

enum token_kind token_look(struct parser *parser) {
    if (parser->failed) return TOKEN_END;
    if (!parser->ahead) {
        parser->kind = read_token(parser);
        parser->end = parser->at;
        parser->ahead = true;
        if (parser->failed) return TOKEN_END;
    }
    return parser->kind;
}

void token_take(struct parser *parser) {
    token_look(parser);
    parser->last_end = parser->end;
    parser->ahead = false;
}

bool token_is(struct parser *parser, const char *reserved) {
    size_t length = strlen(reserved);
    return token_look(parser) == TOKEN_WORD && parser->end - parser->start == length &&
           memcmp(parser->text + parser->start, reserved, length) == 0;
}

const char *token_name(struct parser *parser) {
    enum token_kind kind = token_look(parser);
    if (kind == TOKEN_END) return "the end";
    if (kind == TOKEN_NEWLINE) return "the end of the line";
    size_t length = parser->end - parser->start;
    return scratch_copy(parser->scratch, parser->text + parser->start, length < 40 ? length : 40);
}
