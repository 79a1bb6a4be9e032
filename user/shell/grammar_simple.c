// SPDX-License-Identifier: MIT
// The half of the grammar without reserved words: simple commands, redirections, here-documents, functions.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "grammar.h"
#include "text.h"

bool is_name(const char *text, size_t length) {
    if (length == 0 || isdigit((unsigned char)text[0])) return false;
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)text[i]) && text[i] != '_') return false;
    }
    return true;
}

static bool is_redirection(enum token_kind kind) {
    return kind == TOKEN_NUMBER || (kind >= TOKEN_HERE_INDENT && kind <= TOKEN_GREAT);
}

static const char *unquoted(struct parser *parser, const char *word, bool *had_quotes) {
    char *plain = scratch_take(parser->scratch, strlen(word) + 1);
    size_t length = 0;
    for (const char *p = word; *p != '\0'; p++) {
        if (*p == '\'' || *p == '"' || *p == '\\') {
            *had_quotes = true;
            if (*p != '\\' || *++p == '\0') {
                if (*p == '\0') break;
                continue;
            }
        }
        plain[length++] = *p;
    }
    return plain;
}

static struct redirection *parse_redirection(struct parser *parser) {
    static const enum redirection_kind kinds[] = {
        [TOKEN_HERE_INDENT] = HERE_DOCUMENT, [TOKEN_HERE] = HERE_DOCUMENT, [TOKEN_LESS_GREAT] = READ_WRITE,
        [TOKEN_LESS_AND] = SAME_AS,          [TOKEN_LESS] = READ_FROM,     [TOKEN_APPEND] = APPEND_TO,
        [TOKEN_CLOBBER] = WRITE_OVER,        [TOKEN_GREAT_AND] = SAME_AS,  [TOKEN_GREAT] = WRITE_TO,
    };
    struct redirection *redirection = scratch_take(parser->scratch, sizeof *redirection);
    redirection->descriptor = -1;
    if (token_look(parser) == TOKEN_NUMBER) {
        const char *number = take_text(parser);
        redirection->descriptor = strlen(number) < 4 ? atoi(number) : 1000;
        if (redirection->descriptor > 255) parser_fail(parser, "descriptor %s is above 255", number);
    }
    enum token_kind kind = token_look(parser);
    if (parser->failed || !is_redirection(kind)) return redirection;
    redirection->kind = kinds[kind];
    redirection->indent = kind == TOKEN_HERE_INDENT;
    if (redirection->descriptor < 0) redirection->descriptor = kind >= TOKEN_APPEND && kind != TOKEN_LESS;
    token_take(parser);
    if (token_look(parser) != TOKEN_WORD) {
        unexpected(parser, "a word behind a redirection");
        return redirection;
    }
    redirection->target = take_text(parser);
    if (redirection->kind == HERE_DOCUMENT) {
        redirection->ends = unquoted(parser, redirection->target, &redirection->literal);
        redirection->target = "";
        if (parser->documents_wanted == sizeof parser->documents / sizeof *parser->documents) {
            parser_fail(parser, "too many here-documents in one line");
        } else {
            parser->documents[parser->documents_wanted++] = redirection;
        }
    }
    return redirection;
}

void parse_redirections(struct parser *parser, struct redirection **last) {
    while (*last != NULL) last = &(*last)->next;
    for (; is_redirection(token_look(parser)) && !parser->failed; last = &(*last)->next) {
        *last = parse_redirection(parser);
    }
}

void read_documents(struct parser *parser) {
    for (size_t i = 0; i < parser->documents_wanted && !parser->failed; i++) {
        struct redirection *document = parser->documents[i];
        size_t wanted = strlen(document->ends);
        struct text body = {0};
        for (;;) {
            if (parser->at >= parser->length) { // the end of a file ends it too
                if (!parser->whole) parser_need_more(parser, "the end of a here-document");
                break;
            }
            if (document->indent) {
                while (parser->at < parser->length && parser->text[parser->at] == '\t') parser->at++;
            }
            const char *line = parser->text + parser->at;
            const char *newline = memchr(line, '\n', parser->length - parser->at);
            size_t bytes = newline != NULL ? (size_t)(newline - line) : parser->length - parser->at;
            parser->at += bytes + (newline != NULL);
            parser->line++;
            if (bytes == wanted && memcmp(line, document->ends, wanted) == 0) break;
            text_add(&body, line, bytes + (newline != NULL));
        }
        document->target = scratch_copy(parser->scratch, text_string(&body), body.length);
        text_free(&body);
    }
    parser->documents_wanted = 0;
}

struct word *parse_words(struct parser *parser) {
    struct word *first = NULL, **last = &first;
    for (; token_look(parser) == TOKEN_WORD && !parser->failed; last = &(*last)->next) {
        *last = scratch_take(parser->scratch, sizeof **last);
        (*last)->text = take_text(parser);
    }
    return first;
}

static struct command *parse_function(struct parser *parser, struct command *command, const char *name) {
    command->kind = COMMAND_FUNCTION;
    command->name = name;
    token_take(parser);
    if (token_look(parser) != TOKEN_CLOSE) {
        unexpected(parser, ")");
        return command;
    }
    token_take(parser);
    skip_newlines(parser);
    command->first = parse_and_or(parser); // a compound command, as is seen below
    if (command->first == NULL) {
        unexpected(parser, "a function's body");
    } else if (command->first->kind < COMMAND_GROUP || command->first->kind == COMMAND_FUNCTION) {
        parser_fail(parser, "the body of %s is no compound command", name);
    }
    return command;
}

struct command *parse_simple(struct parser *parser) {
    struct command *command = new_command(parser, COMMAND_SIMPLE);
    struct word **assignment = &command->assignments, **word = &command->words;
    for (;;) {
        enum token_kind kind = token_look(parser);
        if (parser->failed) break;
        if (is_redirection(kind)) {
            parse_redirections(parser, &command->redirections);
        } else if (kind == TOKEN_WORD) {
            struct word *next = scratch_take(parser->scratch, sizeof *next);
            next->text = take_text(parser);
            const char *equals = strchr(next->text, '=');
            if (command->words == NULL && equals != NULL && is_name(next->text, (size_t)(equals - next->text))) {
                *assignment = next;
                assignment = &next->next;
            } else {
                *word = next;
                word = &next->next;
            }
        } else if (kind == TOKEN_OPEN && command->words != NULL && word == &command->words->next &&
                   command->assignments == NULL && command->redirections == NULL) {
            const char *name = command->words->text;
            command->words = NULL;
            if (!is_name(name, strlen(name))) parser_fail(parser, "%.40s is no name for a function", name);
            return ended(parser, parse_function(parser, command, name));
        } else {
            break;
        }
    }
    if (command->words == NULL && command->assignments == NULL && command->redirections == NULL) return NULL;
    return ended(parser, command);
}
