// SPDX-License-Identifier: MIT
// A simple command: assignments, and a function, a builtin or a program with its words.
#pragma once

#include <stdbool.h>

#include "syntax.h"

// => its status. With `last`, a program takes the shell's place
int run_simple(const struct command *command, bool last);
