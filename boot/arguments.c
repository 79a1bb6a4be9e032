// SPDX-License-Identifier: MIT
// The kernel's command line: words divided by blanks, some of them name=value.
#include "arguments.h"

static size_t word_length(const char *word) {
    size_t length = 0;
    while (word[length] != 0 && word[length] != ' ') length++;
    return length;
}

// => the part of `word` after `start`, or NULL when it starts differently
static const char *after(const char *word, const char *start) {
    while (*start != 0) {
        if (*word++ != *start++) return NULL;
    }
    return word;
}

static const char *next_word(const char *word) {
    word += word_length(word);
    while (*word == ' ') word++;
    return word;
}

bool arguments_have(const char *arguments, const char *word) {
    for (const char *at = arguments; *at != 0; at = next_word(at)) {
        const char *rest = after(at, word);
        if (rest != NULL && (*rest == 0 || *rest == ' ')) return true;
    }
    return false;
}

bool arguments_value(const char *arguments, const char *name, char *buffer, size_t size) {
    for (const char *at = arguments; *at != 0; at = next_word(at)) {
        const char *rest = after(at, name);
        if (rest == NULL || *rest != '=') continue;
        size_t length = word_length(++rest);
        length = length < size - 1 ? length : size - 1;
        for (size_t i = 0; i < length; i++) buffer[i] = rest[i];
        buffer[length] = 0;
        return true;
    }
    return false;
}

bool arguments_number(const char *arguments, const char *name, uint64_t *number) {
    char digits[20];
    uint64_t value = 0;
    if (!arguments_value(arguments, name, digits, sizeof digits) || digits[0] == 0) return false;
    for (const char *digit = digits; *digit != 0; digit++) {
        if (*digit < '0' || *digit > '9') return false;
        value = value * 10 + (uint64_t)(*digit - '0');
    }
    *number = value;
    return true;
}
