// SPDX-License-Identifier: MIT
// The firmware's services: harts, interrupts between them, remote fences, timer, console, the end.
#pragma once

#include "types.h"

enum { SBI_PUT = 1, SBI_GET = 2 }; // of the old kind
enum { SBI_BASE = 0x10, SBI_TIMER = 0x54494d45, SBI_HARTS = 0x48534d, SBI_RESET = 0x53525354 };
// These take a mask of hart ids, which are below 64: machine_read refuses others.
enum { SBI_INTERRUPT = 0x735049, SBI_FENCE = 0x52464e43 };

struct sbi_answer {
    int64_t error, value;
};

struct sbi_answer sbi_call(uint64_t extension, uint64_t function, uint64_t x, uint64_t y, uint64_t z, uint64_t w);

// REFUSED: the machine cannot be used.
enum power_status { POWER_OFF = 0, POWER_REFUSED = 1, POWER_PANIC = 101 };

// The register that hands an exit status to the machine's owner; NULL: there is none
extern volatile uint32_t *power_finisher;

// The end of the machine, with a reason.
_Noreturn void power_off(uint32_t status);
_Noreturn void power_reboot(void);
