// SPDX-License-Identifier: MIT
// The firmware's services: harts, interrupts between them, remote fences, timer, console, the end.
#pragma once

#include "types.h"

enum sbi_extension {
    SBI_PUT = 1, // of the old kind, as is the next
    SBI_GET = 2,
    SBI_BASE = 0x10,
    SBI_TIMER = 0x54494d45,
    SBI_INTERRUPT = 0x735049, // a mask of hart ids, which are below 64: machine_read refuses others
    SBI_FENCE = 0x52464e43,   // the same
    SBI_HARTS = 0x48534d,
    SBI_RESET = 0x53525354,
};

struct sbi_answer {
    int64_t error, value;
};

struct sbi_answer sbi_call(enum sbi_extension extension, uint64_t function, uint64_t x, uint64_t y, uint64_t z,
                           uint64_t w);

// REFUSED: the machine cannot be used.
enum power_status { POWER_OFF = 0, POWER_REFUSED = 1, POWER_PANIC = 101 };

// The register that hands an exit status to the machine's owner; NULL: there is none
extern volatile uint32_t *power_finisher;

// The end of the machine, with a reason.
_Noreturn void power_off(uint32_t status);
_Noreturn void power_reboot(void);
