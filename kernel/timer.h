// SPDX-License-Identifier: MIT
// Time: the alarm of each hart, and what is due when: deadlines of faults, timers of ports.
#pragma once

#include "csr.h"
#include "sbi.h"
#include "tree.h"

extern uint64_t timer_frequency; // ticks a second
extern bool timer_is_own;        // the harts have an alarm of their own (Sstc); otherwise the firmware's is used

#define TIMER_NEVER UINT64_MAX

static inline uint64_t timer_now(void) { return csr_read(time); }

// Ask for a timer interrupt on this hart at `when`, instead of the one asked for before.
static inline void timer_set(uint64_t when) {
    if (timer_is_own)
        csr_write(0x14d, when); // stimecmp: the assembler does not know its name
    else
        sbi_call(SBI_TIMER, 0, when, 0, 0, 0);
}

struct hart;

struct deadline {
    struct tree_node node; // key: when
    void (*serve)(struct deadline *deadline);
    bool armed;
};

// Call `serve` at `when`, unless it is cancelled before.
void deadline_set(struct deadline *deadline, uint64_t when, void (*serve)(struct deadline *deadline));
void deadline_cancel(struct deadline *deadline);
// Let this hart be woken for the end of its slice, or the first deadline, whichever is sooner.
void deadline_arm(struct hart *hart);
// Serve what is due: a bounded number.
void deadline_serve(void);
