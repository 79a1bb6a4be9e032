// SPDX-License-Identifier: MIT
// The shell's functions: names for trees, which stay with the unit they were parsed in.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "syntax.h"

void function_define(const char *name, const struct command *body);
void function_unset(const char *name);

// Calls it with words[1] on as its parameters. => false: there is no such function
bool function_call(size_t count, char **words);
bool function_exists(const char *name);
