// SPDX-License-Identifier: MIT
// The firmware's services: harts, interrupts between them, remote fences, timer, console, the end.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum sbi_extension {
    SBI_BASE = 0x10,
    SBI_TIMER = 0x54494d45,
    SBI_INTERRUPT = 0x735049,
    SBI_FENCE = 0x52464e43,
    SBI_HARTS = 0x48534d,
    SBI_RESET = 0x53525354,
};

struct sbi_answer {
    int64_t error, value;
};

struct sbi_answer sbi_call(uint64_t extension, uint64_t function, uint64_t x, uint64_t y, uint64_t z, uint64_t w);

void sbi_put(char c);
// The next character typed, or -1.
int sbi_get(void);
void sbi_set_timer(uint64_t deadline);
// mask: one bit per hart id, ids below 64 only (machine_read refuses others).
void sbi_send_interrupt(uint64_t mask);
void sbi_remote_fence(uint64_t mask, uint64_t va, uint64_t size);

enum sbi_end {
    SBI_SHUTDOWN = 0,
    SBI_REBOOT = 1,
};
// => returns only when the firmware cannot
void sbi_end(enum sbi_end how, bool failure);
