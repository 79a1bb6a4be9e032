// SPDX-License-Identifier: MIT
// A generator (splitmix64) that takes in the counters each time it is asked.
#include "linux_random.h"

#include <os/time.h>

uint64_t random_word(void) {
    static uint64_t state;
    uint64_t cycles;
    __asm__ volatile("rdcycle %0" : "=r"(cycles));
    uint64_t word =
        __atomic_add_fetch(&state, UINT64_C(0x9e3779b97f4a7c15) ^ cycles ^ os_now() << 32, __ATOMIC_RELAXED);
    word = (word ^ word >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ word >> 27) * UINT64_C(0x94d049bb133111eb);
    return word ^ word >> 31;
}
