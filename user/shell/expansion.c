// SPDX-License-Identifier: MIT
// What words stand for: quotes, ~, backquotes; then fields and names of files. Parameters are in parameter.c.
#include "expansion.h"

#include <string.h>

#include "parser.h"
#include "paths.h"
#include "pattern.h"
#include "shell.h"
#include "variables.h"

void expand_value(struct expansion *expansion, const char *value, size_t length) {
    marked_add(&expansion->out, value, length, expansion->quoted ? MARK_QUOTED : MARK_EXPANDED);
}

static void add_literal(struct expansion *expansion, const char *bytes, size_t length) {
    marked_add(&expansion->out, bytes, length, expansion->quoted ? MARK_QUOTED : expansion->literal);
}

static size_t extent(struct expansion *expansion, const char *text, size_t length, void (*skip)(struct parser *)) {
    struct parser parser;
    parser_begin(&parser, text, length, true, expansion->scratch);
    skip(&parser);
    return parser.at;
}

static size_t expand_quotes(struct expansion *expansion, const char *text, size_t length) {
    size_t end = extent(expansion, text, length, skip_double_quotes), before = expansion->out.bytes.length;
    bool outer = expansion->quoted, none = expansion->none;
    expansion->quoted = true;
    expansion->none = false;
    if (end >= 2) expand_piece(expansion, text + 1, end - 2);
    if (expansion->out.bytes.length == before && !expansion->none) marked_add(&expansion->out, "", 1, MARK_EMPTY);
    expansion->quoted = outer;
    expansion->none = none;
    return end;
}

static size_t expand_single(struct expansion *expansion, const char *text, size_t length) {
    size_t end = extent(expansion, text, length, skip_single_quotes);
    if (end <= 2) {
        marked_add(&expansion->out, "", 1, MARK_EMPTY);
    } else {
        marked_add(&expansion->out, text + 1, end - 2, MARK_QUOTED);
    }
    return end;
}

static size_t expand_backquotes(struct expansion *expansion, const char *text, size_t length) {
    size_t end = extent(expansion, text, length, skip_backquotes);
    struct text commands = {0}, output = {0};
    for (size_t i = 1; i + 1 < end; i++) {
        if (text[i] == '\\' && i + 2 < end &&
            (strchr("$`\\", text[i + 1]) != NULL || (expansion->quoted && text[i + 1] == '"'))) {
            i++;
        }
        text_add_char(&commands, text[i]);
    }
    substitute_commands(text_string(&commands), commands.length, &output);
    expand_value(expansion, text_string(&output), output.length);
    text_free(&commands);
    text_free(&output);
    return end;
}

// => how many bytes it took: 0, if this is a ~ like any character
static size_t expand_tilde(struct expansion *expansion, const char *text, size_t length, bool colon) {
    const char *home = variable_get("HOME");
    if (home == NULL || (length > 1 && text[1] != '/' && !(colon && text[1] == ':'))) return 0;
    marked_add(&expansion->out, *home != '\0' ? home : "", *home != '\0' ? strlen(home) : 1,
               *home != '\0' ? MARK_QUOTED : MARK_EMPTY);
    return 1;
}

static size_t expand_backslash(struct expansion *expansion, const char *text, size_t length) {
    char next = length > 1 ? text[1] : '\0';
    if (next == '\n') return 2;
    bool special = next != '\0' && (!expansion->quoted || strchr("$`\\", next) != NULL ||
                                    (next == '"' && !expansion->document) || (next == '}' && expansion->in_braces));
    marked_add(&expansion->out, text + special, 1, MARK_QUOTED);
    return 1 + special;
}

static size_t expand_next(struct expansion *expansion, const char *text, size_t length) {
    switch (*text) {
    case '\\':
        return expand_backslash(expansion, text, length);
    case '$':
        return expand_dollar(expansion, text, length);
    case '`':
        return expand_backquotes(expansion, text, length);
    case '\'':
        if (!expansion->quoted) return expand_single(expansion, text, length);
        break;
    case '"':
        if (!expansion->document) return expand_quotes(expansion, text, length);
        break;
    default:
        break;
    }
    add_literal(expansion, text, 1);
    return 1;
}

void expand_piece(struct expansion *expansion, const char *text, size_t length) {
    for (size_t at = 0; at < length && !expansion->failed;) at += expand_next(expansion, text + at, length - at);
}

static void expand_whole(struct expansion *expansion, const char *word, enum expansion_how how) {
    size_t length = strlen(word), at = 0;
    bool tilde = how != EXPAND_DOCUMENT;
    expansion->quoted = expansion->document = how == EXPAND_DOCUMENT;
    while (at < length && !expansion->failed) {
        size_t taken =
            tilde && word[at] == '~' ? expand_tilde(expansion, word + at, length - at, how == EXPAND_ASSIGNMENT) : 0;
        tilde = how == EXPAND_ASSIGNMENT && word[at] == ':';
        at += taken > 0 ? taken : expand_next(expansion, word + at, length - at);
    }
    if (shell.flow == FLOW_ABORT || shell.flow == FLOW_EXIT) expansion->failed = true;
}

const char *expand_text(const char *word, enum expansion_how how, struct scratch *scratch) {
    struct expansion expansion = {.scratch = scratch, .literal = MARK_LITERAL};
    expand_whole(&expansion, word, how);
    char *plain = expansion.failed ? NULL : marked_plain(&expansion.out, scratch);
    marked_free(&expansion.out);
    return plain;
}

const char *expand_pattern(const char *word, struct scratch *scratch) {
    struct expansion expansion = {.scratch = scratch, .literal = MARK_LITERAL};
    expand_whole(&expansion, word, EXPAND_WORD);
    char *pattern = expansion.failed ? NULL : marked_pattern(&expansion.out, 0, expansion.out.bytes.length, scratch);
    marked_free(&expansion.out);
    return pattern;
}

struct fields {
    struct scratch *scratch;
    struct word **last;
    size_t count;
};

static void add_field(void *context, const struct marked *marked, size_t from, size_t to) {
    struct fields *fields = context;
    struct word **before = fields->last;
    char *pattern = marked_pattern(marked, from, to, fields->scratch);
    if (!shell.no_globs && pattern_is_one(pattern)) {
        fields->last = paths_matching(pattern, fields->scratch, before);
        for (const struct word *word = *before; word != NULL; word = word->next) fields->count++;
    }
    if (fields->last != before) return;
    char *plain = scratch_take(fields->scratch, to - from + 1);
    size_t length = 0;
    for (size_t i = from; i < to; i++) {
        if (marked->marks.bytes[i] != MARK_EMPTY) plain[length++] = marked->bytes.bytes[i];
    }
    *before = scratch_take(fields->scratch, sizeof **before);
    (*before)->text = plain;
    fields->last = &(*before)->next;
    fields->count++;
}

bool expand_words(const struct word *words, struct scratch *scratch, struct word **list, size_t *count) {
    struct fields fields = {.scratch = scratch, .last = list};
    bool failed = false;
    *list = NULL;
    for (; words != NULL && !failed; words = words->next) {
        struct expansion expansion = {.scratch = scratch, .literal = MARK_LITERAL};
        expand_whole(&expansion, words->text, EXPAND_WORD);
        failed = expansion.failed;
        const char *separators = variable_get("IFS");
        if (!failed) fields_split(&expansion.out, separators != NULL ? separators : " \t\n", add_field, &fields);
        marked_free(&expansion.out);
    }
    *count = fields.count;
    return !failed;
}
