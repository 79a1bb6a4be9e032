// SPDX-License-Identifier: MIT
// Running what was parsed.
#pragma once

#include <stdbool.h>

#include "syntax.h"

// => the status, which is shell.status too. With `last`, nothing comes behind it: a program may take the shell's place
int run_list(const struct command *list, bool last);
int run_command(const struct command *command, bool last);

// Loops, choices, groups. In compound.c.
int run_compound(const struct command *command, bool last);

// A program takes the shell's place. => 126 or 127 if it could not, and it has been complained
int run_program(char **words);

// => where a program is; memory_take'n. NULL if it is nowhere
char *program_path(const char *name);

_Noreturn void leave_shell(void);
