// SPDX-License-Identifier: MIT
// An executable's way into the program's memory.
#pragma once

#include "linux_image.h"

struct linux_loaded {
    uint64_t entry, headers, header_count, bias;
};

// Opens and reads it; nothing is changed yet. => error 0; else what Linux would say, and why
struct linux_refusal load_open(const char *name);
// The first SCRIPT_LINE bytes of what load_open() found to be no executable but a script. => NULL: it was none
const char *load_script(void);
// It is not wanted.
void load_close(void);
// Is what was opened linked for Pagoda? Then its name in the boot image, and it is closed. => NULL: no
const char *load_native(void);
// Maps what was opened, where nothing is. => the same
struct linux_refusal load_map(struct linux_loaded *loaded);
