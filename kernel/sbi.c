// SPDX-License-Identifier: MIT
// The firmware's services, and the end of the machine.
#include "sbi.h"

#include "console.h"

enum { SHUTDOWN = 0, REBOOT = 1, FINISHER_FAIL = 0x3333, FINISHER_PASS = 0x5555 };

volatile uint32_t *power_finisher;

struct sbi_answer sbi_call(uint64_t extension, uint64_t function, uint64_t x, uint64_t y, uint64_t z, uint64_t w) {
    register uint64_t a0 __asm__("a0") = x, a1 __asm__("a1") = y, a2 __asm__("a2") = z, a3 __asm__("a3") = w;
    register uint64_t a6 __asm__("a6") = function, a7 __asm__("a7") = extension;
    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a3), "r"(a6), "r"(a7) : "memory");
    return (struct sbi_answer){(int64_t)a0, (int64_t)a1};
}

_Noreturn void power_off(uint32_t status) {
    print("pagoda: power off, status %u\n", status);
    if (power_finisher != NULL)
        *power_finisher = status == POWER_OFF ? FINISHER_PASS : (status & 0xffff) << 16 | FINISHER_FAIL;
    sbi_call(SBI_RESET, 0, SHUTDOWN, status != POWER_OFF, 0, 0);
    print("pagoda: the firmware cannot end the machine: stop it from outside\n");
    for (;;) __asm__ volatile("wfi");
}

_Noreturn void power_reboot(void) {
    print("pagoda: reboot\n");
    sbi_call(SBI_RESET, 0, REBOOT, 0, 0, 0);
    power_off(POWER_REFUSED);
}
