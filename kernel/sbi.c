// SPDX-License-Identifier: MIT
// The firmware's services: harts, interrupts between them, remote fences, timer, console, the end.
#include "sbi.h"

enum {
    LEGACY_PUT = 1,
    LEGACY_GET = 2,
    RESET_REASON_FAILURE = 1,
};

struct sbi_answer sbi_call(uint64_t extension, uint64_t function, uint64_t x, uint64_t y, uint64_t z, uint64_t w) {
    register uint64_t a0 __asm__("a0") = x;
    register uint64_t a1 __asm__("a1") = y;
    register uint64_t a2 __asm__("a2") = z;
    register uint64_t a3 __asm__("a3") = w;
    register uint64_t a6 __asm__("a6") = function;
    register uint64_t a7 __asm__("a7") = extension;
    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a3), "r"(a6), "r"(a7) : "memory");
    return (struct sbi_answer){(int64_t)a0, (int64_t)a1};
}

void sbi_put(char c) { sbi_call(LEGACY_PUT, 0, (uint8_t)c, 0, 0, 0); }

int sbi_get(void) {
    int64_t c = sbi_call(LEGACY_GET, 0, 0, 0, 0, 0).error;
    return c < 0 || c > 0xff ? -1 : (int)c;
}

void sbi_set_timer(uint64_t deadline) { sbi_call(SBI_TIMER, 0, deadline, 0, 0, 0); }

void sbi_send_interrupt(uint64_t mask) { sbi_call(SBI_INTERRUPT, 0, mask, 0, 0, 0); }

void sbi_remote_fence(uint64_t mask, uint64_t va, uint64_t size) { sbi_call(SBI_FENCE, 1, mask, 0, va, size); }

void sbi_end(enum sbi_end how, bool failure) { sbi_call(SBI_RESET, 0, how, failure ? RESET_REASON_FAILURE : 0, 0, 0); }
