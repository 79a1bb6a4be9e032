// SPDX-License-Identifier: MIT
// $(( )): a precedence climber over a table of operators.
#include "arithmetic.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "variables.h"

enum { EXPRESSION_DEPTH = 100, NAME_LIMIT = 256 };

struct reader {
    const char *at, *error;
    unsigned depth;
    bool idle; // what is read now is not evaluated: a side of && || ?: that is not taken
};

static const struct {
    const char *text;
    int level; // a higher one binds closer
} operators[] = {
    {"||", 1}, {"&&", 2}, {"<<", 8}, {">>", 8}, {"<=", 7}, {">=", 7}, {"==", 6}, {"!=", 6}, {"<", 7},
    {">", 7},  {"|", 3},  {"^", 4},  {"&", 5},  {"+", 9},  {"-", 9},  {"*", 10}, {"/", 10}, {"%", 10},
};

static int64_t read_choice(struct reader *reader);

static int64_t fail(struct reader *reader, const char *error) {
    if (reader->error == NULL) reader->error = error;
    return 0;
}

static void skip_space(struct reader *reader) {
    while (isspace((unsigned char)*reader->at)) reader->at++;
}

static bool take(struct reader *reader, const char *text) {
    skip_space(reader);
    size_t length = strlen(text);
    if (strncmp(reader->at, text, length) != 0) return false;
    reader->at += length;
    return true;
}

// The unsigned detour makes values wrap; the one signed division that cannot be is INT64_MIN / -1.
static int64_t apply(struct reader *reader, const char *sign, int64_t left, int64_t right) {
    uint64_t a = (uint64_t)left, b = (uint64_t)right;
    switch (*sign) {
    case '+':
        return (int64_t)(a + b);
    case '-':
        return (int64_t)(a - b);
    case '*':
        return (int64_t)(a * b);
    case '/':
    case '%':
        if (right == 0) return reader->idle ? 0 : fail(reader, "division by zero");
        if (right == -1) return *sign == '/' ? (int64_t)(0 - a) : 0;
        return *sign == '/' ? left / right : left % right;
    case '^':
        return (int64_t)(a ^ b);
    case '<':
        return sign[1] == '<' ? (int64_t)(a << (b & 63)) : sign[1] == '=' ? left <= right : left < right;
    case '>':
        return sign[1] == '>' ? left >> (b & 63) : sign[1] == '=' ? left >= right : left > right;
    case '=':
        return left == right;
    case '!':
        return left != right;
    case '&':
        return sign[1] == '&' ? left != 0 && right != 0 : (int64_t)(a & b);
    default:
        return sign[1] == '|' ? left != 0 || right != 0 : (int64_t)(a | b);
    }
}

static int64_t read_number(struct reader *reader) {
    char *end;
    uint64_t value = strtoull(reader->at, &end, 0);
    if (isalnum((unsigned char)*end) || *end == '_') return fail(reader, "this is no number");
    reader->at = end;
    return (int64_t)value;
}

static int64_t value_of(struct reader *reader, const char *name) {
    const char *text = variable_get(name);
    if (text == NULL) return 0;
    while (isspace((unsigned char)*text)) text++;
    if (*text == '\0') return 0;
    char *end;
    uint64_t value = strtoull(text, &end, 0); // a minus is taken too
    while (isspace((unsigned char)*end)) end++;
    return *end == '\0' ? (int64_t)value : fail(reader, "a variable's value is no number");
}

static void assign(struct reader *reader, const char *name, int64_t value) {
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, value);
    if (!reader->idle && reader->error == NULL && !variable_set(name, text)) fail(reader, "the variable is read-only");
}

static int64_t read_variable(struct reader *reader) {
    char name[NAME_LIMIT];
    size_t length = 0;
    while (isalnum((unsigned char)*reader->at) || *reader->at == '_') {
        if (length == NAME_LIMIT - 1) return fail(reader, "a name is too long");
        name[length++] = *reader->at++;
    }
    name[length] = '\0';
    skip_space(reader);
    if (reader->at[0] == '=' && reader->at[1] != '=') {
        reader->at++;
        int64_t value = read_choice(reader);
        assign(reader, name, value);
        return value;
    }
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        const char *sign = operators[i].text;
        bool assigns = operators[i].level >= 8 || (operators[i].level >= 3 && operators[i].level <= 5);
        size_t bytes = strlen(sign);
        if (assigns && strncmp(reader->at, sign, bytes) == 0 && reader->at[bytes] == '=' &&
            reader->at[bytes + 1] != '=') {
            reader->at += bytes + 1;
            int64_t right = read_choice(reader);
            int64_t value = apply(reader, sign, value_of(reader, name), right);
            assign(reader, name, value);
            return value;
        }
    }
    return reader->idle ? 0 : value_of(reader, name);
}

static int64_t read_unary(struct reader *reader) {
    skip_space(reader);
    if (reader->depth >= EXPRESSION_DEPTH) return fail(reader, "nested too deep");
    reader->depth++;
    int64_t value = 0;
    char byte = *reader->at;
    if (byte == '!' || byte == '~' || byte == '-' || byte == '+') {
        reader->at++;
        int64_t operand = read_unary(reader);
        value = byte == '!'   ? operand == 0
                : byte == '~' ? ~operand
                : byte == '-' ? (int64_t)(0 - (uint64_t)operand)
                              : operand;
    } else if (byte == '(') {
        reader->at++;
        value = read_choice(reader);
        if (!take(reader, ")")) fail(reader, "a ) is missing");
    } else if (isdigit((unsigned char)byte)) {
        value = read_number(reader);
    } else if (isalpha((unsigned char)byte) || byte == '_') {
        value = read_variable(reader);
    } else {
        fail(reader, byte == '\0' ? "a value is missing at the end" : "a value is missing");
    }
    reader->depth--;
    return value;
}

static int64_t read_binary(struct reader *reader, int least) {
    int64_t left = read_unary(reader);
    for (;;) {
        skip_space(reader);
        size_t found = 0, count = sizeof operators / sizeof *operators;
        while (found < count && strncmp(reader->at, operators[found].text, strlen(operators[found].text)) != 0) found++;
        if (found == count || operators[found].level < least || reader->error != NULL) return left;
        const char *sign = operators[found].text;
        reader->at += strlen(sign);
        bool idle = reader->idle;
        if (operators[found].level <= 2) reader->idle = idle || (operators[found].level == 1) == (left != 0);
        int64_t right = read_binary(reader, operators[found].level + 1);
        reader->idle = idle;
        left = apply(reader, sign, left, right);
    }
}

static int64_t read_choice(struct reader *reader) {
    if (reader->depth >= EXPRESSION_DEPTH) return fail(reader, "nested too deep");
    reader->depth++;
    int64_t value = read_binary(reader, 1);
    if (take(reader, "?")) {
        bool idle = reader->idle, taken = value != 0;
        reader->idle = idle || !taken;
        int64_t first = read_choice(reader);
        if (!take(reader, ":")) fail(reader, "a : is missing");
        reader->idle = idle || taken;
        int64_t second = read_choice(reader);
        reader->idle = idle;
        value = taken ? first : second;
    }
    reader->depth--;
    return value;
}

bool arithmetic(const char *text, int64_t *value, const char **error) {
    struct reader reader = {.at = text};
    skip_space(&reader);
    *value = *reader.at == '\0' ? 0 : read_choice(&reader); // empty is zero
    skip_space(&reader);
    if (*reader.at != '\0') fail(&reader, "this is no expression");
    *error = reader.error;
    return reader.error == NULL;
}
