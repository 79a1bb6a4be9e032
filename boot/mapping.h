// SPDX-License-Identifier: MIT
// The kernel's own page table: its window, and the direct map of memory and devices.
#pragma once

#include "types.h"

struct machine;

// Build it and enter it. => NULL, or a sentence
const char *mapping_init(const struct machine *machine, struct pa image);
