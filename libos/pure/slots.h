// SPDX-License-Identifier: MIT
// Places of equal size in a store, had and given back: in rows where that is possible, for what is written in a row can
// be written and read at once. Pure.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct slots {
    uint64_t *free;  // bit n of word m: place 64 m + n
    uint64_t *words; // bit m: word m has a free place
    uint64_t count, left, hand;
};

// Words of memory that so many places take.
static inline uint64_t slots_words(uint64_t count) { return (count + 63) / 64 + (count + 4095) / 4096; }

// All are free but place 0, which is nobody's. `memory`: slots_words(count) words
void slots_start(struct slots *slots, uint64_t *memory, uint64_t count);

// Places in a row, at most `wanted` (1 to 64), behind those had before. => how many from *first on, 0: none is left
uint64_t slots_take(struct slots *slots, uint64_t wanted, uint64_t *first);

void slots_give(struct slots *slots, uint64_t place);

static inline bool slots_is_free(const struct slots *slots, uint64_t place) {
    return (slots->free[place / 64] >> place % 64 & 1) != 0;
}
