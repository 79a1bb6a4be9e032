// SPDX-License-Identifier: MIT
// Time, and the alarm of each hart.
#include "timer.h"

#include "csr.h"
#include "sbi.h"

uint64_t timer_frequency;
static bool has_own_alarm;

void timer_init(uint64_t frequency, bool has_alarm) {
    timer_frequency = frequency;
    has_own_alarm = has_alarm;
}

void timer_set(uint64_t deadline) {
    if (has_own_alarm)
        csr_write(0x14d, deadline); // stimecmp: the assembler does not know its name
    else
        sbi_set_timer(deadline);
}
