// SPDX-License-Identifier: MIT
// The shell's grammar, by recursive descent: one function for each rule.
#include "grammar.h"

static struct command *parse_list(struct parser *parser);

void parser_begin(struct parser *parser, const char *text, size_t length, bool whole, struct scratch *scratch) {
    *parser = (struct parser){.text = text, .length = length, .whole = whole, .line = 1, .scratch = scratch};
    if (length > PARSER_LIMIT) parser_fail(parser, "a text of more than %d bytes", PARSER_LIMIT);
}

const char *take_text(struct parser *parser) {
    token_look(parser);
    const char *text = scratch_copy(parser->scratch, parser->text + parser->start, parser->end - parser->start);
    token_take(parser);
    return text;
}

struct command *new_command(struct parser *parser, enum command_kind kind) {
    struct command *command = scratch_take(parser->scratch, sizeof *command);
    token_look(parser);
    *command = (struct command){.kind = kind, .line = parser->line, .source = parser->text + parser->start};
    return command;
}

struct command *ended(struct parser *parser, struct command *command) {
    const char *end = parser->text + parser->last_end;
    command->source_length = end > command->source ? (size_t)(end - command->source) : 0;
    return command;
}

void unexpected(struct parser *parser, const char *wanted) {
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

void skip_newlines(struct parser *parser) {
    while (token_look(parser) == TOKEN_NEWLINE) token_take(parser);
}

// A list that may not be empty: what is between two reserved words.
static struct command *parse_body(struct parser *parser) {
    struct command *list = parse_list(parser);
    if (list == NULL) unexpected(parser, "a command");
    return list;
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

struct command *parse_and_or(struct parser *parser) {
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
