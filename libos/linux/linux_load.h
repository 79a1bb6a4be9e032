// SPDX-License-Identifier: MIT
// An executable's way into the program's memory.
#pragma once

#include "linux_image.h"

struct linux_loaded {
    uint64_t entry, headers, header_count, bias;
};

// => error 0; else what Linux would say, and why
struct linux_refusal load_executable(const char *name, struct linux_loaded *loaded);
