// SPDX-License-Identifier: MIT
// The program's memory: mapped, protected, moved, given back. What is named memory_ is for one thread at a time, which
// memory_lock() sees to, and touches no page of the program's while it has the lock.
#pragma once

#include "linux_area.h"
#include "linux_file.h"

void memory_lock(void);
void memory_unlock(void);

// What came of a fault: it is answered, or what is wrong.
enum memory_fault { MEMORY_FINE, MEMORY_NOTHING, MEMORY_FORBIDDEN, MEMORY_FULL };

// access: PROTECTION_READ, WRITE or EXEC. Takes the lock.
enum memory_fault memory_resolve(uint64_t va, uint64_t access);

// => may the program do that with all of this range? Takes the lock.
bool memory_allows(uint64_t va, uint64_t size, uint64_t access);

// Anonymous memory, where nothing is; private, when no terms are given. => 0, or a negative error
int64_t memory_map(uint64_t va, uint64_t pages, uint64_t protection, const struct linux_terms *terms);
// An object's, in place of anonymous memory's. The object is copied; if there is an error, it goes.
int64_t memory_map_object(uint64_t va, uint64_t pages, uint64_t protection, const struct linux_terms *terms,
                          const struct linux_backing *object);
// As mmap with this file, whose offset is a multiple of a page. Takes the lock. => the address, or a negative error
int64_t memory_map_file(uint64_t va, uint64_t size, uint64_t protection, uint64_t flags, struct linux_file *file,
                        uint64_t offset);
// Whatever is there goes. => 0, or a negative error
int64_t memory_unmap(uint64_t va, uint64_t end);

// Is it shared with other processes? Then the same word has the same name in all of them. Takes the lock.
bool memory_shared_name(uint64_t va, uint64_t *object, uint64_t *offset);

// Pages of an area are as they were when it was mapped; what is shared loses nothing.
void memory_discard(const struct linux_area *area, uint64_t va, uint64_t end);

// Some area has, or had, a manner.
extern bool memory_has_manners;

// As grid_fork() and grid_forked(), of all memory. The child has the lock anew.
uint64_t memory_fork(uint64_t process, uint64_t id, uint64_t space);
void memory_forked(void);

// Before all else.
void memory_start(void);
// Where the heap is.
void memory_break(uint64_t *start, uint64_t *end);
// Where the heap begins; from then on brk works.
void memory_set_break(uint64_t va);

static inline uint64_t page_up(uint64_t size) { return (size + PAGE - 1) & ~UINT64_C(4095); }
