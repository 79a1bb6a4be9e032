// SPDX-License-Identifier: MIT
// The end of the machine, with a reason.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum power_status {
    POWER_OFF = 0,
    POWER_REFUSED = 1, // the machine cannot be used
    POWER_PANIC = 101,
};

// The register that hands an exit status to the machine's owner; NULL: there is none
extern volatile uint32_t *power_finisher;

_Noreturn void power_off(uint32_t status);
_Noreturn void power_reboot(void);
