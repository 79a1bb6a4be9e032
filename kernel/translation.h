// SPDX-License-Identifier: MIT
// What the harts remember of page tables: address-space numbers and fences.
#pragma once

#include "types.h"

struct space;

// Find out how many address-space numbers the harts tell apart.
void translation_init(void);
// A number that no other space has; 0: none is left
uint32_t translation_take(void);
void translation_give(uint32_t number);
uint64_t translation_satp(uint32_t number, struct pa root);
// These pages have lost a right or their frame: harts may believe otherwise until the next settlement.
void translation_forget(struct space *space, uint64_t va, uint64_t pages);
// Make every hart forget: one fence for those that run the space, a note for the others. To be done before a system
// call ends, and before a frame that it freed becomes a page table.
void translation_settle(void);
