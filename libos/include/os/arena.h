// SPDX-License-Identifier: MIT
// Ranges of free addresses in the region that a program manages itself, and pages in them.
#pragma once

#include <abi/start.h>
#include <stdint.h>

#define OS_ARENA_START 0x08000000ul
#define OS_ARENA_END   (START_STACK_TOP - 0x100000ul)

enum { OS_PAGE = 4096 };

void os_arena_start(void);

// Addresses only, beginning at a multiple of `alignment` pages (a power of two). => 0 when there are none
uint64_t os_range_take(uint64_t pages, uint64_t alignment);
// Who takes them next finds nothing withheld.
void os_range_give(uint64_t va, uint64_t pages);

// Zeroed pages that can be written and shared. => 0 when there are none
uint64_t os_pages_take(uint64_t pages);
void os_pages_give(uint64_t va, uint64_t pages);
