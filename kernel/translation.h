// SPDX-License-Identifier: MIT
// What the harts remember of page tables: address-space numbers and fences.
#pragma once

#include "types.h"

// Find out how many address-space numbers the harts tell apart.
void translation_init(void);
// A number that no other space has; 0: none is left
uint32_t translation_take(void);
void translation_give(uint32_t number);
uint64_t translation_satp(uint32_t number, struct pa root);
