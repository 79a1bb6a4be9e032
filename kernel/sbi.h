// SPDX-License-Identifier: MIT
// The firmware's services: harts, interrupts between them, remote fences, timer, console, the end.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// Does the firmware offer all that the kernel needs? => NULL, or a sentence that says what is missing
const char *sbi_missing(void);

void sbi_put(char c);
// The next character typed, or -1.
int sbi_get(void);
void sbi_set_timer(uint64_t deadline);
// mask: one bit per hart id, ids below 64 only (machine_read refuses others).
void sbi_send_interrupt(uint64_t mask);
void sbi_remote_fence(uint64_t mask, uint64_t va, uint64_t size);
// => false when the firmware refuses
bool sbi_start_hart(uint64_t hart_id, uint64_t entry, uint64_t argument);

enum sbi_end {
    SBI_SHUTDOWN = 0,
    SBI_REBOOT = 1,
};
// => returns only when the firmware cannot
void sbi_end(enum sbi_end how, bool failure);
