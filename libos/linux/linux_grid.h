// SPDX-License-Identifier: MIT
// What stands behind anonymous memory: wherever it is, one grid of a pager's large objects and the kernel's regions,
// made block by block when a page there is touched. A small mapping makes neither.
#pragma once

#include <os/pager_protocol.h>

#include "linux_area.h"

// => NULL, or a sentence
const char *grid_start(void);

// What its pager has done. => false: it does not tell
bool grid_stat(struct pager_stat *stat);

// The block of this page has its regions from now on. => false: no memory
bool grid_populate(uint64_t va);
#define BLOCK UINT64_C(0x100000)
extern uint64_t grid_populated[LINUX_END / BLOCK / 64];
static inline bool grid_is_populated(uint64_t va) {
    return (grid_populated[va / BLOCK / 64] >> va / BLOCK % 64 & 1) != 0;
}

// These pages, whose protections were these and others (`any`, `all` of them had), may now be used so.
// => false: no memory for page tables; only a part may be done
bool grid_protect(uint64_t va, uint64_t end, uint64_t any, uint64_t all, uint64_t now);

// What was in them is forgotten; with `leave` they are nobody's any more.
void grid_discard(uint64_t va, uint64_t end, bool leave);

// An object of its own is to stand there; it stands there no longer.
void grid_uncover(uint64_t va, uint64_t end);
bool grid_cover(uint64_t va, uint64_t end);

// A copy of what is in [from, end), as an object of its own for `va`. => false: no memory
bool grid_copy(uint64_t from, uint64_t end, uint64_t va, struct linux_backing *backing);

// Pages of an area are now withheld as it says.
bool grid_withhold(uint64_t va, uint64_t end);

// In the parent: the child has copies at the same places, and regions. => a status. In the child: they are its own now.
uint64_t grid_fork(uint64_t process, uint64_t id, uint64_t space_handle);
void grid_forked(void);

// The kernel's rights for a protection: it knows no writing without reading.
static inline uint64_t rights_of(uint64_t protection) {
    return (protection & PROTECTION_WRITE) != 0 ? protection | PROTECTION_READ : protection;
}

// Withholds and gives back. As grid_protect(), where regions are.
bool pages_protect(uint64_t va, uint64_t end, uint64_t any, uint64_t all, uint64_t now);
