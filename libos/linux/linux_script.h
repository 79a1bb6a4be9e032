// SPDX-License-Identifier: MIT
// Programs that begin with #!: what they name runs, with their own path among its words.
#pragma once

#include "linux_image.h"

enum {
    SCRIPT_LINE = 256, // bytes of the first line that count
    SCRIPT_DEPTH = 5,  // scripts that scripts lead to
    SCRIPT_ROOM = 2 * (SCRIPT_DEPTH + 1),
};

// The first bytes of a script. *interpreter, and *argument (NULL: none): where they are in `line`, with zero bytes
// behind them. => false: nothing is named there that could run
bool script_read(char line[SCRIPT_LINE + 1], const char **interpreter, const char **argument);

// Opens, as load_open() does, the program of this path, or what it leads to. Before *words are SCRIPT_ROOM free places:
// words that come in front go there. *file becomes the path of what was opened.
struct linux_refusal script_open(const char **file, const char ***words, uint64_t *count);
