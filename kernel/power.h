// SPDX-License-Identifier: MIT
// The end of the machine, with a reason.
#pragma once

#include <stdint.h>

struct span;

enum power_status {
    POWER_OFF = 0,
    POWER_REFUSED = 1, // the machine cannot be used
    POWER_PANIC = 101,
};

// finisher: the device that hands an exit status to the machine's owner; size 0: there is none
void power_init(struct span finisher);
_Noreturn void power_off(uint32_t status);
_Noreturn void power_reboot(void);
