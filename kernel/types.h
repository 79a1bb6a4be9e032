// SPDX-License-Identifier: MIT
// The words that must not be mixed, and the map of addresses.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A physical address. It is its own type so that it cannot be followed by mistake.
struct pa {
    uint64_t bits;
};

enum { PAGE_BITS = 12, PAGE_SIZE = 1 << PAGE_BITS, BLOCK_BITS = 21, BLOCK_SIZE = 1 << BLOCK_BITS };
enum { PAGES_PER_BLOCK = BLOCK_SIZE / PAGE_SIZE };

// Sv39. User: the lower half. Upper half: the direct map of all memory and devices, then the kernel's window.
//   0xffffffc000000000  direct map: physical address + DIRECT_BASE, 128 GiB
//   0xffffffff80000000  kernel window: text (rx), rodata (r), data (rw), stacks with guard pages, symbols (r)
#define USER_END      0x0000004000000000ull
#define DIRECT_BASE   0xffffffc000000000ull
#define DIRECT_SIZE   0x0000002000000000ull
#define KERNEL_WINDOW 0xffffffff80000000ull

static inline struct pa pa(uint64_t bits) { return (struct pa){bits}; }

// The kernel's own view of a physical address.
static inline void *direct(struct pa at) { return (void *)(DIRECT_BASE + at.bits); }

static inline struct pa pa_of(const void *direct_pointer) { return pa((uint64_t)direct_pointer - DIRECT_BASE); }

static inline uint64_t align_down(uint64_t value, uint64_t alignment) { return value & ~(alignment - 1); }
