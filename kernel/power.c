// SPDX-License-Identifier: MIT
// The end of the machine, with a reason.
#include "power.h"

#include "console.h"
#include "sbi.h"

enum {
    FINISHER_FAIL = 0x3333,
    FINISHER_PASS = 0x5555,
};

volatile uint32_t *power_finisher;

static _Noreturn void end(enum sbi_end how, bool failure) {
    sbi_end(how, failure);
    print("pagoda: the firmware cannot end the machine: stop it from outside\n");
    for (;;) __asm__ volatile("wfi");
}

_Noreturn void power_off(uint32_t status) {
    print("pagoda: power off, status %u\n", status);
    if (power_finisher != NULL)
        *power_finisher = status == POWER_OFF ? FINISHER_PASS : (status & 0xffff) << 16 | FINISHER_FAIL;
    end(SBI_SHUTDOWN, status != POWER_OFF);
}

_Noreturn void power_reboot(void) {
    print("pagoda: reboot\n");
    end(SBI_REBOOT, false);
}
