// SPDX-License-Identifier: MIT
// Terminals of the server `unix` as the program's files.
#pragma once

#include "linux_file.h"

extern const struct linux_file_kind linux_terminal;

extern const struct linux_made_kind made_terminals; // the folder /dev/pts

// One of <os/unix_terminal.h>, with open's flags. => NULL: *error says why; where there is no server too
struct linux_file *terminal_open(uint32_t which, uint32_t flags, int64_t *error);
// Whether there is such a terminal.
bool terminal_is_there(uint32_t which);

// The console, as the first process has it: it becomes the terminal of its session. => NULL: there is none
struct linux_file *terminal_first(void);
