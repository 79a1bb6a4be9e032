// SPDX-License-Identifier: MIT
// Memory by malloc: small blocks and large ones, filled, grown, checked, given back; what comes out is one number.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS = 20000, ROUNDS = 60000, LARGE = 3 << 20 };

static unsigned char *block[BLOCKS];
static size_t size[BLOCKS];
static uint64_t state = 1;

static uint32_t roll(uint32_t sides) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33) % sides;
}

static size_t some_size(void) { return roll(100) == 0 ? roll(200000) : roll(300) + 1; }

static int is_whole(uint32_t i) {
    for (size_t at = 0; at < size[i]; at += 61)
        if (block[i][at] != (unsigned char)(i + at)) return 0;
    return 1;
}

static void fill(uint32_t i) {
    for (size_t at = 0; at < size[i]; at += 61) block[i][at] = (unsigned char)(i + at);
}

static char *grow(char *old, size_t more) {
    char *new = realloc(old, more);
    if (new == NULL) exit(1);
    return new;
}

int main(void) {
    uint64_t sum = 0, wrong = 0;
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t i = roll(BLOCKS), what = roll(3);
        if (block[i] != NULL && !is_whole(i)) wrong++;
        if (what == 0 && block[i] != NULL) {
            free(block[i]);
            block[i] = NULL;
            size[i] = 0;
        } else {
            size_t new = some_size();
            unsigned char *grown = realloc(block[i], new);
            if (grown == NULL) return 1;
            block[i] = grown;
            size[i] = new;
            fill(i);
        }
        sum = sum * 31 + size[i];
    }
    printf("blocks: %llu, wrong: %llu\n", (unsigned long long)sum, (unsigned long long)wrong);
    for (uint32_t i = 0; i < BLOCKS; i++) free(block[i]);
    char *large = calloc(1, LARGE);
    size_t ones = 0;
    for (size_t at = 0; at < LARGE; at += 4096) {
        ones += large[at] != 0;
        large[at] = 1;
    }
    for (size_t more = LARGE; more <= 4 * LARGE; more += LARGE) large = grow(large, more);
    for (size_t at = 0; at < LARGE; at++) ones += large[at] != 0;
    memset(large + LARGE, 2, 3 * LARGE);
    printf("large: %zu, %d\n", ones, large[4 * LARGE - 1]);
    free(large);
    return 0;
}
