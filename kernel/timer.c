// SPDX-License-Identifier: MIT
// Time, and the alarm of each hart.
#include "timer.h"

#include "csr.h"
#include "sbi.h"

uint64_t timer_frequency;
bool timer_is_own;

void timer_set(uint64_t deadline) {
    if (timer_is_own)
        csr_write(0x14d, deadline); // stimecmp: the assembler does not know its name
    else
        sbi_set_timer(deadline);
}
