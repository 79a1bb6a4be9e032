// SPDX-License-Identifier: MIT
// The kernel's own page table: its window, and the direct map of memory and devices.
#pragma once

#include "types.h"

struct machine;

// Build it and enter it. => NULL, or a sentence
const char *map_init(const struct machine *machine, struct pa image);
// Enter it on this hart.
void map_enter(void);
// Enter the kernel's half into a space's root, and clear the other half.
void map_share(uint64_t *other_root);
// What is mapped at va in the kernel's table. => the entry, or 0
uint64_t map_lookup(uint64_t va);
