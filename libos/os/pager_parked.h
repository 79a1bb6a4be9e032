// SPDX-License-Identifier: MIT
// Faults that are answered later.
#pragma once

#include <os/pager.h>

void parked_start(void);
// => false: no room
bool parked_add(uint64_t token, uint64_t offset, const struct pager_fault *fault);
// The object is no more: who waits for its pages is told.
void parked_end(uint64_t cookie);
