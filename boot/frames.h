// SPDX-License-Identifier: MIT
// The frame table, made.
#pragma once

#include "types.h"

struct machine;

// Build the table for the machine's memory, less what is reserved, the kernel's image and the boot image.
// => NULL, or a sentence that says why this memory cannot be used
const char *frames_init(const struct machine *machine, struct pa image);
