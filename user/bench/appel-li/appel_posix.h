// SPDX-License-Identifier: MIT
// The parts of the bench's POSIX side.
#pragma once

#include "appel.h"

// What mmap() said; give() will unmap it. => its address, or 0
uint64_t appel_posix_keep(void *memory, uint64_t size);

// => false: this system has no userfaultfd that would do
bool appel_posix_pager_start(void);
void appel_posix_pager_end(void);
uint64_t appel_posix_take_paged(uint64_t pages);
