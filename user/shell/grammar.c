// SPDX-License-Identifier: MIT
// The shell's grammar, by recursive descent: one function for each rule.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "parser.h"
#include "text.h"

static struct command *parse_list(struct parser *parser);
static struct command *parse_and_or(struct parser *parser);

void parser_begin(struct parser *parser, const char *text, size_t length, bool whole, struct scratch *scratch) {
    *parser = (struct parser){.text = text, .length = length, .whole = whole, .line = 1, .scratch = scratch};
    if (length > PARSER_LIMIT) parser_fail(parser, "a text of more than %d bytes", PARSER_LIMIT);
}

static const char *take_text(struct parser *parser) {
    token_look(parser);
    const char *text = scratch_copy(parser->scratch, parser->text + parser->start, parser->end - parser->start);
    token_take(parser);
    return text;
}

static struct command *new_command(struct parser *parser, enum command_kind kind) {
    struct command *command = scratch_take(parser->scratch, sizeof *command);
    token_look(parser);
    *command = (struct command){.kind = kind, .line = parser->line, .source = parser->text + parser->start};
    return command;
}

static struct command *ended(struct parser *parser, struct command *command) {
    const char *end = parser->text + parser->last_end;
    command->source_length = end > command->source ? (size_t)(end - command->source) : 0;
    return command;
}

static void unexpected(struct parser *parser, const char *wanted) {
    if (token_look(parser) == TOKEN_END && !parser->failed) {
        parser_need_more(parser, wanted);
    } else {
        parser_fail(parser, "%s is wanted before %s", wanted, token_name(parser));
    }
}

static void take_reserved(struct parser *parser, const char *reserved) {
    if (token_is(parser, reserved)) {
        token_take(parser);
    } else {
        unexpected(parser, reserved);
    }
}

static void skip_newlines(struct parser *parser) {
    while (token_look(parser) == TOKEN_NEWLINE) token_take(parser);
}

static bool is_name(const char *text, size_t length) {
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

static void parse_redirections(struct parser *parser, struct redirection **last) {
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

static struct word *parse_words(struct parser *parser) {
    struct word *first = NULL, **last = &first;
    for (; token_look(parser) == TOKEN_WORD && !parser->failed; last = &(*last)->next) {
        *last = scratch_take(parser->scratch, sizeof **last);
        (*last)->text = take_text(parser);
    }
    return first;
}

// A list that may not be empty: what is between two reserved words.
static struct command *parse_body(struct parser *parser) {
    struct command *list = parse_list(parser);
    if (list == NULL) unexpected(parser, "a command");
    return list;
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

static struct command *parse_simple(struct parser *parser) {
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

static struct command *parse_if(struct parser *parser) {
    struct command *command = new_command(parser, COMMAND_IF);
    token_take(parser); // if, elif
    if (!parser_deeper(parser)) return command;
    command->first = parse_body(parser);
    take_reserved(parser, "then");
    command->second = parse_body(parser);
    if (token_is(parser, "elif")) {
        command->otherwise = parse_if(parser); // takes the fi
    } else {
        if (token_is(parser, "else")) {
            token_take(parser);
            command->otherwise = parse_body(parser);
        }
        take_reserved(parser, "fi");
    }
    parser->depth--;
    return ended(parser, command);
}

static struct command *parse_do(struct parser *parser) {
    take_reserved(parser, "do");
    struct command *body = parse_body(parser);
    take_reserved(parser, "done");
    return body;
}

static struct command *parse_loop(struct parser *parser, enum command_kind kind) {
    struct command *command = new_command(parser, kind);
    token_take(parser);
    command->first = parse_body(parser);
    command->second = parse_do(parser);
    return command;
}

static struct command *parse_for(struct parser *parser) {
    struct command *command = new_command(parser, COMMAND_FOR);
    token_take(parser);
    if (token_look(parser) != TOKEN_WORD || !is_name(parser->text + parser->start, parser->end - parser->start)) {
        unexpected(parser, "the name of a variable");
        return command;
    }
    command->name = take_text(parser);
    skip_newlines(parser);
    if (token_is(parser, "in")) {
        token_take(parser);
        command->has_in = true;
        command->words = parse_words(parser);
        if (token_look(parser) != TOKEN_SEMICOLON && token_look(parser) != TOKEN_NEWLINE) unexpected(parser, "a ;");
    }
    if (token_look(parser) == TOKEN_SEMICOLON) token_take(parser);
    skip_newlines(parser);
    command->second = parse_do(parser);
    return command;
}

static struct case_item *parse_case_item(struct parser *parser) {
    struct case_item *item = scratch_take(parser->scratch, sizeof *item);
    if (token_look(parser) == TOKEN_OPEN) token_take(parser);
    struct word **last = &item->patterns;
    for (;;) {
        if (token_look(parser) != TOKEN_WORD) {
            unexpected(parser, "a pattern");
            return item;
        }
        *last = scratch_take(parser->scratch, sizeof **last);
        (*last)->text = take_text(parser);
        last = &(*last)->next;
        if (token_look(parser) != TOKEN_PIPE) break;
        token_take(parser);
    }
    if (token_look(parser) != TOKEN_CLOSE) unexpected(parser, ")");
    token_take(parser);
    item->body = parse_list(parser);
    if (token_look(parser) == TOKEN_DOUBLE_SEMICOLON) {
        token_take(parser);
    } else if (!token_is(parser, "esac")) {
        unexpected(parser, ";; or esac");
    }
    skip_newlines(parser);
    return item;
}

static struct command *parse_case(struct parser *parser) {
    struct command *command = new_command(parser, COMMAND_CASE);
    token_take(parser);
    if (token_look(parser) != TOKEN_WORD) {
        unexpected(parser, "a word behind case");
        return command;
    }
    command->words = scratch_take(parser->scratch, sizeof *command->words);
    command->words->text = take_text(parser);
    skip_newlines(parser);
    take_reserved(parser, "in");
    skip_newlines(parser);
    struct case_item **last = &command->items;
    for (; !parser->failed && !token_is(parser, "esac"); last = &(*last)->next) *last = parse_case_item(parser);
    take_reserved(parser, "esac");
    return command;
}

static struct command *parse_group(struct parser *parser) {
    struct command *command = new_command(parser, COMMAND_GROUP);
    token_take(parser);
    command->first = parse_body(parser);
    take_reserved(parser, "}");
    return command;
}

struct command *parse_to_close(struct parser *parser) {
    if (!parser_deeper(parser)) return NULL;
    struct command *list = parse_list(parser);
    if (token_look(parser) != TOKEN_CLOSE) {
        unexpected(parser, ")");
    } else {
        token_take(parser);
    }
    parser->depth--;
    return list;
}

static struct command *parse_subshell(struct parser *parser) {
    struct command *command = new_command(parser, COMMAND_SUBSHELL);
    token_take(parser);
    command->first = parse_to_close(parser);
    if (command->first == NULL) parser_fail(parser, "( ) without a command");
    return command;
}

static bool ends_list(struct parser *parser) {
    static const char *const words[] = {"then", "else", "elif", "fi", "do", "done", "esac", "}"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (token_is(parser, words[i])) return true;
    }
    return false;
}

// => NULL if no command begins here
static struct command *parse_command(struct parser *parser) {
    enum token_kind kind = token_look(parser);
    if (parser->failed || ends_list(parser)) return NULL;
    if (kind != TOKEN_WORD && kind != TOKEN_OPEN) return parse_simple(parser);
    if (!parser_deeper(parser)) return NULL;
    struct command *command;
    if (kind == TOKEN_OPEN) {
        command = parse_subshell(parser);
    } else if (token_is(parser, "if")) {
        command = parse_if(parser);
    } else if (token_is(parser, "while")) {
        command = parse_loop(parser, COMMAND_WHILE);
    } else if (token_is(parser, "until")) {
        command = parse_loop(parser, COMMAND_UNTIL);
    } else if (token_is(parser, "for")) {
        command = parse_for(parser);
    } else if (token_is(parser, "case")) {
        command = parse_case(parser);
    } else if (token_is(parser, "{")) {
        command = parse_group(parser);
    } else {
        command = parse_simple(parser);
    }
    if (command != NULL && command->kind >= COMMAND_GROUP && command->kind != COMMAND_FUNCTION) {
        parse_redirections(parser, &command->redirections);
    }
    parser->depth--;
    return command != NULL ? ended(parser, command) : NULL;
}

static struct command *parse_pipeline(struct parser *parser) {
    struct command *pipeline = new_command(parser, COMMAND_PIPELINE);
    while (token_is(parser, "!") || token_is(parser, "time")) {
        pipeline->negated = pipeline->negated != token_is(parser, "!");
        pipeline->timed = pipeline->timed || token_is(parser, "time");
        token_take(parser);
    }
    bool prefixed = pipeline->negated || pipeline->timed;
    for (struct command **last = &pipeline->first;; last = &(*last)->next) {
        *last = parse_command(parser);
        if (*last == NULL) {
            if (prefixed || last != &pipeline->first) unexpected(parser, "a command");
            break;
        }
        if (token_look(parser) != TOKEN_PIPE) break;
        token_take(parser);
        skip_newlines(parser);
    }
    if (pipeline->first == NULL) return NULL;
    if (pipeline->first->next == NULL && !prefixed) return pipeline->first;
    return ended(parser, pipeline);
}

static struct command *parse_and_or(struct parser *parser) {
    struct command *left = parse_pipeline(parser);
    while (left != NULL && (token_look(parser) == TOKEN_AND_IF || token_look(parser) == TOKEN_OR_IF)) {
        bool both = token_look(parser) == TOKEN_AND_IF;
        struct command *command = new_command(parser, both ? COMMAND_AND : COMMAND_OR);
        command->source = left->source;
        command->first = left;
        token_take(parser);
        skip_newlines(parser);
        command->second = parse_pipeline(parser);
        if (command->second == NULL) unexpected(parser, both ? "a command behind &&" : "a command behind ||");
        left = ended(parser, command);
    }
    return left;
}

static bool take_separator(struct parser *parser, struct command *command) {
    enum token_kind kind = token_look(parser);
    if (kind != TOKEN_SEMICOLON && kind != TOKEN_AMPERSAND) return false;
    command->background = kind == TOKEN_AMPERSAND;
    token_take(parser);
    return true;
}

// Commands up to what is not one: over lines. => NULL if there are none
static struct command *parse_list(struct parser *parser) {
    struct command *first = NULL, **last = &first;
    skip_newlines(parser);
    while (!parser->failed) {
        *last = parse_and_or(parser);
        if (*last == NULL) break;
        bool separated = take_separator(parser, *last) || token_look(parser) == TOKEN_NEWLINE;
        last = &(*last)->next;
        if (!separated) break;
        skip_newlines(parser);
    }
    return first;
}

enum parse_result parser_next(struct parser *parser, struct command **tree) {
    struct command **last = tree;
    *tree = NULL;
    bool empty = token_look(parser) == TOKEN_END;
    while (!parser->failed && token_look(parser) != TOKEN_NEWLINE && token_look(parser) != TOKEN_END) {
        *last = parse_and_or(parser);
        if (*last == NULL) {
            unexpected(parser, "a command");
            break;
        }
        if (!take_separator(parser, *last) && token_look(parser) != TOKEN_NEWLINE && token_look(parser) != TOKEN_END) {
            unexpected(parser, "; or the end of the line");
        }
        last = &(*last)->next;
    }
    if (!parser->failed && token_look(parser) == TOKEN_END && parser->documents_wanted > 0) read_documents(parser);
    if (parser->failed) return parser->incomplete ? PARSE_INCOMPLETE : PARSE_WRONG;
    token_take(parser);
    return *tree != NULL ? PARSE_COMMAND : empty ? PARSE_END : PARSE_NOTHING;
}
