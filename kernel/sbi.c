// SPDX-License-Identifier: MIT
// The firmware's services: harts, interrupts between them, remote fences, timer, console, the end.
#include "sbi.h"

#include <stddef.h>

enum {
    LEGACY_PUT = 0x01,
    LEGACY_GET = 0x02,
    BASE = 0x10,
    TIMER = 0x54494d45,
    INTERRUPT = 0x735049,
    FENCE = 0x52464e43,
    HARTS = 0x48534d,
    RESET = 0x53525354,
};

enum {
    BASE_PROBE = 3,
    RESET_REASON_FAILURE = 1,
};

struct sbi_answer {
    int64_t error;
    int64_t value;
};

static struct sbi_answer sbi_call(uint64_t extension, uint64_t function, uint64_t x, uint64_t y, uint64_t z,
                                  uint64_t w) {
    register uint64_t a0 __asm__("a0") = x;
    register uint64_t a1 __asm__("a1") = y;
    register uint64_t a2 __asm__("a2") = z;
    register uint64_t a3 __asm__("a3") = w;
    register uint64_t a6 __asm__("a6") = function;
    register uint64_t a7 __asm__("a7") = extension;
    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a3), "r"(a6), "r"(a7) : "memory");
    return (struct sbi_answer){(int64_t)a0, (int64_t)a1};
}

const char *sbi_missing(void) {
    static const struct {
        uint64_t extension;
        const char *sentence;
    } needs[] = {
        {TIMER, "the firmware has no timer extension (TIME): start with OpenSBI 0.9 or later"},
        {INTERRUPT, "the firmware has no interrupts between harts (sPI): start with OpenSBI 0.9 or later"},
        {FENCE, "the firmware has no remote fences (RFNC): start with OpenSBI 0.9 or later"},
        {HARTS, "the firmware cannot start harts (HSM): start with OpenSBI 0.9 or later"},
        {RESET, "the firmware cannot shut down (SRST): start with OpenSBI 0.9 or later"},
    };
    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++) {
        if (sbi_call(BASE, BASE_PROBE, needs[i].extension, 0, 0, 0).value == 0) return needs[i].sentence;
    }
    return NULL;
}

void sbi_put(char c) { sbi_call(LEGACY_PUT, 0, (uint8_t)c, 0, 0, 0); }

int sbi_get(void) {
    int64_t c = sbi_call(LEGACY_GET, 0, 0, 0, 0, 0).error;
    return c < 0 || c > 0xff ? -1 : (int)c;
}

void sbi_set_timer(uint64_t deadline) { sbi_call(TIMER, 0, deadline, 0, 0, 0); }

void sbi_send_interrupt(uint64_t mask) { sbi_call(INTERRUPT, 0, mask, 0, 0, 0); }

void sbi_remote_fence(uint64_t mask, uint64_t va, uint64_t size) { sbi_call(FENCE, 1, mask, 0, va, size); }

bool sbi_start_hart(uint64_t hart_id, uint64_t entry, uint64_t argument) {
    return sbi_call(HARTS, 0, hart_id, entry, argument, 0).error == 0;
}

void sbi_end(enum sbi_end how, bool failure) { sbi_call(RESET, 0, how, failure ? RESET_REASON_FAILURE : 0, 0, 0); }
