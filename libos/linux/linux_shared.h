// SPDX-License-Identifier: MIT
// Futexes in memory that processes share.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// A word of shared memory, as all processes name it.
struct linux_word {
    uint64_t object, offset;
};

// => false: it is the process's own, or nobody knows of other processes
bool shared_word(uint64_t at, struct linux_word *word);
// As FUTEX_WAIT_BITSET and FUTEX_WAKE_BITSET answer.
int64_t shared_wait(const struct linux_word *word, uint64_t at, uint32_t value, uint32_t bits, uint64_t deadline);
int64_t shared_wake(const struct linux_word *word, uint64_t count, uint32_t bits);
