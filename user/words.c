// SPDX-License-Identifier: MIT
// The words of a program's command line.
#include "words.h"

#include <os/print.h>
#include <os/process.h>

#include "string.h"

static bool read_digit(char c, unsigned base, uint64_t *number) {
    unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 99;
    if (digit >= base || *number > (UINT64_MAX - digit) / base) return false;
    *number = *number * base + digit;
    return true;
}

bool words_number(const char *word, uint64_t *number) {
    unsigned base = 10, shift = 0;
    *number = 0;
    if (word[0] == '0' && word[1] == 'x') {
        base = 16;
        word += 2;
    }
    const char *first = word;
    while (read_digit(*word, base, number)) word++;
    if (word == first) return false;
    if (*word == 'K' || *word == 'M' || *word == 'G') shift = *word == 'K' ? 10 : *word == 'M' ? 20 : 30;
    if (shift != 0) word++;
    if (*word != '\0' || *number > UINT64_MAX >> shift) return false;
    *number <<= shift;
    return true;
}

static bool choose(const char *word, const struct words_choice *choices, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        for (unsigned j = 0; choices[i].names[j] != NULL; j++) {
            if (!string_equal(word, choices[i].names[j])) continue;
            *choices[i].chosen = j;
            return true;
        }
    }
    return false;
}

// What stands behind "name=". => NULL: the word begins otherwise
static const char *after_name(const char *word, const char *name) {
    while (*name != '\0') {
        if (*word++ != *name++) return NULL;
    }
    return *word == '=' ? word + 1 : NULL;
}

// => false: it is none; *said: but that was told
static bool set(const char *word, const struct words_setting *settings, unsigned count, bool *said) {
    for (unsigned i = 0; i < count; i++) {
        const struct words_setting *setting = &settings[i];
        const char *digits = after_name(word, setting->name);
        uint64_t number;
        if (digits == NULL) continue;
        if (words_number(digits, &number) && number >= setting->least && number <= setting->most) {
            *setting->value = number;
            return true;
        }
        os_print("%s: '%s' should be a number from %lu to %lu, e.g. %s=%lu\n", os_argument(0), word, setting->least,
                 setting->most, setting->name, *setting->value);
        *said = true;
    }
    return false;
}

bool words_read(const char *usage, const struct words_choice *choices, unsigned choice_count,
                const struct words_setting *settings, unsigned setting_count) {
    for (unsigned i = 1; i < os_argument_count(); i++) {
        const char *word = os_argument(i);
        bool said = false;
        if (choose(word, choices, choice_count) || set(word, settings, setting_count, &said)) continue;
        if (!said) os_print("%s: it does not know '%s'\n", os_argument(0), word);
        os_print("usage: %s\n", usage);
        return false;
    }
    return true;
}
