// SPDX-License-Identifier: MIT
// The words of a program's command line: bare ones of a list, and settings NAME=NUMBER.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// NAME=NUMBER; the number may end with K, M or G.
struct words_setting {
    const char *name;
    uint64_t *value; // what holds if it is not said
    uint64_t least, most;
};

// One word out of several.
struct words_choice {
    const char *const *names; // the last is NULL
    unsigned *chosen;         // the place in `names`
};

// => false: a word was none of these; it has been said which one, and how to use the program
bool words_read(const char *usage, const struct words_choice *choices, unsigned choice_count,
                const struct words_setting *settings, unsigned setting_count);

// => whether it is a number, decimal or after 0x hexadecimal, with K, M or G
bool words_number(const char *word, uint64_t *number);
