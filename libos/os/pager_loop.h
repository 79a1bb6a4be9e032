// SPDX-License-Identifier: MIT
// From a message to an answer.
#pragma once

#include <os/pager.h>

// What a fault comes to: its va, label and neighbours are given, all else is filled in.
void loop_resolve(uint64_t cookie, uint64_t space, uint64_t offset, struct pager_fault *fault);
// Give the answer.
void loop_answer(uint64_t token, uint64_t offset, struct pager_fault *fault);

// The place of the highest bit; 0 of 0.
static inline unsigned logarithm(uint64_t value) {
    unsigned result = 0;
    while (value >>= 1) result++;
    return result;
}

// => NULL: no kind of this name
const struct pager_ops *loop_kind(uint64_t name);
// Faults that were out of memory.
uint64_t loop_refused(void);
