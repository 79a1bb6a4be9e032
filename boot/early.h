// SPDX-License-Identifier: MIT
// The page table with which the boot hart enters the high half.
#pragma once

#include <stdint.h>

// Map the kernel's window, and as much of the direct map as it takes to read the device tree.
// => runs at physical addresses, before paging; returns the value for satp
uint64_t early_map(uint64_t tree);

// The rights of the page at this offset of the kernel's window: never writable and executable. 0: a guard page.
uint64_t window_rights(uint64_t offset);

// Map the direct map for these bytes too, by whole gigabytes, until the kernel has its own page table.
// => runs with paging on
void early_reach(uint64_t start, uint64_t size);
