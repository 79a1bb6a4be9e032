// SPDX-License-Identifier: MIT
// What a $ stands for: parameters and their operators, arithmetic, the output of commands.
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "arithmetic.h"
#include "expansion.h"
#include "parser.h"
#include "pattern.h"
#include "shell.h"
#include "variables.h"

// => the value in scratch memory or the table of variables; NULL if it is not set
static const char *value_of(struct expansion *expansion, const char *name) {
    char number[32];
    long value;
    if (isdigit((unsigned char)*name)) {
        size_t index = 0;
        for (; isdigit((unsigned char)*name) && index < 1000000; name++) index = 10 * index + (size_t)(*name - '0');
        if (index == 0) return shell.name;
        return index <= parameters.count ? parameters.values[index - 1] : NULL;
    }
    switch (*name) {
    case '?':
        value = shell.status;
        break;
    case '$':
        value = shell.pid;
        break;
    case '#':
        value = (long)parameters.count;
        break;
    case '!':
        if (shell.background == 0) return NULL;
        value = shell.background;
        break;
    case '-':
        snprintf(number, sizeof number, "%s%s%s%s%s%s", shell.exit_on_error ? "e" : "", shell.no_globs ? "f" : "",
                 shell.interactive ? "i" : "", shell.job_control ? "m" : "", shell.unset_is_error ? "u" : "",
                 shell.trace ? "x" : "");
        return scratch_copy(expansion->scratch, number, strlen(number));
    default:
        return variable_get(name);
    }
    snprintf(number, sizeof number, "%ld", value);
    return scratch_copy(expansion->scratch, number, strlen(number));
}

static char first_separator(void) {
    const char *separators = variable_get("IFS");
    return separators != NULL ? *separators : ' ';
}

// $@ and $*: each parameter a field of its own, but "$*" is one field.
static void expand_all(struct expansion *expansion, char which) {
    char between = first_separator();
    if (parameters.count == 0) expansion->none = expansion->none || which == '@';
    for (size_t i = 0; i < parameters.count; i++) {
        const char *value = parameters.values[i];
        if (i > 0 && which == '*' && expansion->quoted) {
            expand_value(expansion, &between, between != '\0');
        } else if (i > 0) {
            marked_add(&expansion->out, "", 1, MARK_BREAK);
        }
        expand_value(expansion, value, strlen(value));
        if (*value == '\0' && expansion->quoted && which == '@') marked_add(&expansion->out, "", 1, MARK_EMPTY);
    }
}

static const char *joined(struct expansion *expansion) {
    struct text text = {0};
    for (size_t i = 0; i < parameters.count; i++) {
        char between = first_separator();
        text_add(&text, &between, i > 0 && between != '\0');
        text_add_string(&text, parameters.values[i]);
    }
    char *copy = scratch_copy(expansion->scratch, text_string(&text), text.length);
    text_free(&text);
    return copy;
}

static void expand_parameter(struct expansion *expansion, const char *name) {
    if (*name == '@' || *name == '*') {
        expand_all(expansion, *name);
        return;
    }
    const char *value = value_of(expansion, name);
    if (value != NULL) {
        expand_value(expansion, value, strlen(value));
    } else if (shell.unset_is_error) {
        give_up("%.100s: is not set", name);
        expansion->failed = true;
    }
}

// ${name#word} and its like: the value without what the pattern matches at one end.
static void expand_without(struct expansion *expansion, const char *value, const char *sign, const char *word) {
    bool longest = sign[1] == *sign;
    const char *pattern = expand_pattern(word, expansion->scratch);
    if (pattern == NULL) {
        expansion->failed = true;
        return;
    }
    size_t length = strlen(value);
    for (size_t i = 0; i <= length; i++) {
        bool from_end = (*sign == '%') != longest;
        size_t cut = *sign == '#' ? (longest ? length - i : i) : (from_end ? length - i : i);
        if (*sign == '#' && pattern_matches(pattern, value, cut)) {
            expand_value(expansion, value + cut, length - cut);
            return;
        }
        if (*sign == '%' && pattern_matches(pattern, value + cut, length - cut)) {
            expand_value(expansion, value, cut);
            return;
        }
    }
    expand_value(expansion, value, length);
}

static void assign_default(struct expansion *expansion, const char *name, const char *word) {
    const char *text = expand_text(word, EXPAND_WORD, expansion->scratch);
    if (text == NULL) {
        expansion->failed = true;
    } else if (!variable_is_name(name) || !variable_set(name, text)) {
        give_up("%.100s: cannot be assigned", name);
        expansion->failed = true;
    } else {
        expand_value(expansion, text, strlen(text));
    }
}

static void complain_unset(struct expansion *expansion, const char *name, const char *word) {
    const char *text = expand_text(word, EXPAND_WORD, expansion->scratch);
    if (text != NULL) give_up("%.100s: %.200s", name, *text != '\0' ? text : "is not set");
    expansion->failed = true;
}

static void expand_operator(struct expansion *expansion, const char *name, const char *sign) {
    bool is_list = *name == '@' || *name == '*';
    const char *value = is_list ? (parameters.count > 0 ? joined(expansion) : NULL) : value_of(expansion, name);
    bool colon = *sign == ':', there = value != NULL && !(colon && *value == '\0');
    const char *word = sign + colon + 1;
    switch (sign[colon]) {
    case '-':
    case '+':
        if (there == (sign[colon] == '+')) {
            enum mark literal = expansion->literal;
            bool outer = expansion->in_braces;
            expansion->literal = MARK_EXPANDED;
            expansion->in_braces = true;
            expand_piece(expansion, word, strlen(word));
            expansion->literal = literal;
            expansion->in_braces = outer;
        } else if (there) {
            expand_parameter(expansion, name);
        }
        break;
    case '=':
        if (there) {
            expand_parameter(expansion, name);
        } else {
            assign_default(expansion, name, word);
        }
        break;
    case '?':
        if (there) {
            expand_parameter(expansion, name);
        } else {
            complain_unset(expansion, name, word);
        }
        break;
    case '#':
    case '%':
        if (colon) break;
        if (value == NULL) {
            expand_parameter(expansion, name); // says so, if that is wanted
        } else {
            expand_without(expansion, value, sign, word + (*word == *sign));
        }
        return;
    default:
        break;
    }
    if (sign[colon] == '\0' || strchr("-+=?#%", sign[colon]) == NULL || (strchr("#%", sign[colon]) && colon)) {
        give_up("${%.80s%.80s}: wrong sign", name, sign);
        expansion->failed = true;
    }
}

static size_t name_length(const char *text) {
    if (isdigit((unsigned char)*text)) return strspn(text, "0123456789");
    if (*text != '\0' && strchr("?$#!-@*", *text) != NULL) return 1;
    size_t length = 0;
    while (isalnum((unsigned char)text[length]) || text[length] == '_') length++;
    return length;
}

// What is between ${ and }.
static void expand_braces(struct expansion *expansion, const char *content) {
    if (content[0] == '#' && content[1] != '\0' && content[1 + name_length(content + 1)] == '\0' &&
        name_length(content + 1) > 0) {
        const char *name = content + 1;
        const char *value = *name == '@' || *name == '*' ? joined(expansion) : value_of(expansion, name);
        size_t count = 0;
        if (value == NULL && shell.unset_is_error) expand_parameter(expansion, name);
        for (size_t rest = value != NULL ? strlen(value) : 0; rest > 0; count++) {
            size_t bytes = character_length(value, rest);
            value += bytes;
            rest -= bytes;
        }
        char number[32];
        snprintf(number, sizeof number, "%zu", count);
        expand_value(expansion, number, strlen(number));
        return;
    }
    size_t length = name_length(content);
    const char *name = scratch_copy(expansion->scratch, content, length);
    if (length == 0) {
        give_up("${%.80s}: no name of a parameter", content);
        expansion->failed = true;
    } else if (content[length] == '\0') {
        expand_parameter(expansion, name);
    } else {
        expand_operator(expansion, name, content + length);
    }
}

static void expand_arithmetic(struct expansion *expansion, const char *text, size_t length) {
    const char *words = scratch_copy(expansion->scratch, text, length), *error;
    const char *plain = expand_text(words, EXPAND_DOCUMENT, expansion->scratch);
    int64_t value;
    if (plain == NULL) {
        expansion->failed = true;
    } else if (!arithmetic(plain, &value, &error)) {
        give_up("$((%.100s)): %s", plain, error);
        expansion->failed = true;
    } else {
        char number[32];
        snprintf(number, sizeof number, "%" PRId64, value);
        expand_value(expansion, number, strlen(number));
    }
}

size_t expand_dollar(struct expansion *expansion, const char *text, size_t length) {
    struct parser parser;
    parser_begin(&parser, text, length, true, expansion->scratch);
    skip_dollar(&parser, expansion->quoted);
    size_t end = parser.at;
    if (parser.failed) { // of a here-document, or of backquotes: nobody has looked at it before
        give_up("%s", parser.error);
        expansion->failed = true;
    } else if (length > 2 && text[1] == '(' && text[2] == '(') {
        expand_arithmetic(expansion, text + 3, end - 5);
    } else if (length > 1 && text[1] == '(') {
        struct text output = {0};
        substitute_commands(text + 2, end - 3, &output);
        expand_value(expansion, text_string(&output), output.length);
        text_free(&output);
    } else if (length > 1 && text[1] == '{') {
        expand_braces(expansion, scratch_copy(expansion->scratch, text + 2, end - 3));
    } else {
        const char *rest = length > 1 ? text + 1 : ""; // what ends the text ends a name too
        size_t name = isdigit((unsigned char)*rest) ? 1 : name_length(rest);
        if (name == 0) {
            marked_add(&expansion->out, "$", 1, expansion->quoted ? MARK_QUOTED : expansion->literal);
        } else {
            expand_parameter(expansion, scratch_copy(expansion->scratch, rest, name));
        }
        end = 1 + name;
    }
    return end;
}
