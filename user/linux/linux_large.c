// SPDX-License-Identifier: MIT
// A program that is larger than the memory it is run in: numbers to be read, and numbers of its own to be changed.
#include <stdint.h>
#include <stdio.h>

enum { COUNT = 24 << 17 }; // 24 MiB of words

// The file's: n * 0x9e3779b97f4a7c15 in place n, from linux_numbers.S.
extern const uint64_t numbers[COUNT];
static uint64_t own[4096] = {1};

int main(void) {
    for (int pass = 0; pass < 2; pass++) {
        uint64_t wrong = 0;
        for (uint64_t n = 0; n < COUNT; n++) wrong += numbers[n] != n * 0x9e3779b97f4a7c15u;
        printf("pass %d: %lu of %d numbers are wrong\n", pass, wrong, COUNT);
    }
    for (uint64_t n = 0; n < 4096; n++) own[n] += n;
    uint64_t sum = 0;
    for (uint64_t n = 0; n < 4096; n++) sum += own[n];
    printf("its own come to %lu\n", sum);
    return 0;
}
