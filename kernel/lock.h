// SPDX-License-Identifier: MIT
// The big kernel lock: held from the door in to the door out.
#pragma once

#include <stdbool.h>
#include <stdint.h>

extern uint32_t kernel_lock;

// => interrupts are off in the kernel, so the holder is never delayed by anything but its own work
static inline void lock_acquire(void) {
    uint32_t taken;
    for (;;) {
        __asm__ volatile("amoswap.w.aq %0, %1, (%2)" : "=&r"(taken) : "r"(1), "r"(&kernel_lock) : "memory");
        if (taken == 0) return;
        while (__atomic_load_n(&kernel_lock, __ATOMIC_RELAXED) != 0)
            ;
    }
}

static inline void lock_release(void) {
    __asm__ volatile("amoswap.w.rl zero, zero, (%0)" ::"r"(&kernel_lock) : "memory");
}
