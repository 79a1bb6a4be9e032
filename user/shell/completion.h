// SPDX-License-Identifier: MIT
// What the word before the cursor may become: commands at the beginning of a command, else files.
#pragma once

#include <stdbool.h>

#include "text.h"

struct completion {
    size_t from;        // where the word's last part begins: this is replaced
    struct text common; // what all have in common, quoted as the shell wants it
    struct text names;  // each with a zero byte behind it, sorted
    size_t count;
    bool is_folder; // the only one is one
};

void completion_find(const char *line, size_t cursor, struct completion *completion);
void completion_free(struct completion *completion);
