// SPDX-License-Identifier: MIT
// Places of equal size in a store.
#include "slots.h"

#include <stddef.h>

enum { TRIES = 8 }; // rows that are looked at before a short one is taken

static uint64_t word_count(const struct slots *slots) { return (slots->count + 63) / 64; }

static unsigned lowest(uint64_t bits) {
    unsigned number = 0;
    for (unsigned half = 32; half != 0; half /= 2) {
        if (bits << (64 - half) == 0) { // none below
            number += half;
            bits >>= half;
        } else {
            bits &= (UINT64_C(1) << half) - 1;
        }
    }
    return number;
}

void slots_start(struct slots *slots, uint64_t *memory, uint64_t count) {
    *slots = (struct slots){.free = memory, .words = memory + (count + 63) / 64, .count = count};
    for (uint64_t i = 0; i < slots_words(count); i++) memory[i] = 0;
    for (uint64_t place = 1; place < count; place++) slots_give(slots, place);
    slots->hand = 1;
}

// The first free place from this one on. => count: there is none
static uint64_t next_free(const struct slots *slots, uint64_t place) {
    if (place >= slots->count) return slots->count;
    uint64_t word = place / 64, bits = slots->free[word] >> place % 64;
    if (bits != 0) return place + lowest(bits);
    for (word++; word < word_count(slots); word = (word / 64 + 1) * 64) {
        bits = slots->words[word / 64] >> word % 64;
        if (bits != 0) {
            word += lowest(bits);
            return word * 64 + lowest(slots->free[word]);
        }
    }
    return slots->count;
}

// How many are free in a row from this one on, `most` at most.
static uint64_t row(const struct slots *slots, uint64_t place, uint64_t most) {
    uint64_t length = 0;
    while (length < most && place + length < slots->count && slots_is_free(slots, place + length)) length++;
    return length;
}

uint64_t slots_take(struct slots *slots, uint64_t wanted, uint64_t *first) {
    uint64_t best = 0, place = slots->hand;
    if (wanted > 64) wanted = 64;
    if (slots->left == 0 || wanted == 0) return 0;
    for (unsigned tries = 0; tries < TRIES && best < wanted; tries++) {
        place = next_free(slots, place);
        if (place == slots->count) place = next_free(slots, 1);
        uint64_t length = row(slots, place, wanted);
        if (length > best) {
            best = length;
            *first = place;
        }
        place += length;
    }
    for (place = *first; place < *first + best; place++) {
        slots->free[place / 64] &= ~(UINT64_C(1) << place % 64);
        if (slots->free[place / 64] == 0) slots->words[place / 4096] &= ~(UINT64_C(1) << place / 64 % 64);
    }
    slots->left -= best;
    slots->hand = place;
    return best;
}

void slots_give(struct slots *slots, uint64_t place) {
    slots->free[place / 64] |= UINT64_C(1) << place % 64;
    slots->words[place / 4096] |= UINT64_C(1) << place / 64 % 64;
    slots->left++;
}
