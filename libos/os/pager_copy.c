// SPDX-License-Identifier: MIT
// Whole pages copied, zeroed, and looked through: by words, many in a row.
#include <os/pager.h>

enum { WORDS = 4096 / 8, ROW = 128 };

// Keeps the compiler from making a call of memset() or memcpy() of the loops.
#define NOT_A_CALL(pointer) __asm__("" : "+r"(pointer))

void pager_copy(uint64_t to, uint64_t from) {
    uint64_t *target = (uint64_t *)to;
    const uint64_t *source = (const uint64_t *)from;
    for (const uint64_t *end = source + WORDS; source != end; source += ROW, target += ROW) {
        NOT_A_CALL(target);
#pragma GCC unroll 128
        for (int i = 0; i < ROW; i++) target[i] = source[i];
    }
}

void pager_zero(uint64_t page) {
    uint64_t *target = (uint64_t *)page;
    for (const uint64_t *end = target + WORDS; target != end; target += ROW) {
        NOT_A_CALL(target);
#pragma GCC unroll 128
        for (int i = 0; i < ROW; i++) target[i] = 0;
    }
}

bool pager_is_zero(uint64_t page) {
    const uint64_t *word = (const uint64_t *)page;
    for (int i = 0; i < WORDS; i++) {
        if (word[i] != 0) return false;
    }
    return true;
}
