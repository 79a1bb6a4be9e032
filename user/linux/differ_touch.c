// SPDX-License-Identifier: MIT
// Accesses of the differential test: one instruction each, which a handler skips and notes when it faults.
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "differ.h"

enum { LOOKED_AT = 512 /* bytes of a page of a large unit */, NOTHING_EACH = 8 };

#define RETURNS 0x00008067u // ret

volatile struct fault fault;
static const void *volatile running; // what touch_run() calls

static void on_fault(int signal, siginfo_t *info, void *context) {
    ucontext_t *before = context;
    fault.signal = signal;
    fault.code = info->si_code;
    fault.at = info->si_addr;
    if (running != NULL)
        before->uc_mcontext.__gregs[REG_PC] = before->uc_mcontext.__gregs[REG_RA];
    else
        before->uc_mcontext.__gregs[REG_PC] += 4;
}

void touch_start(void) {
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    sigaction(SIGILL, &action, NULL);
}

uint8_t touch_read(const void *at) {
    uint8_t value = 0;
    fault.signal = 0;
    __asm__ volatile(".option push\n.option norvc\nlbu %0, 0(%1)\n.option pop" : "+r"(value) : "r"(at) : "memory");
    return value;
}

void touch_write(void *at, uint8_t value) {
    fault.signal = 0;
    __asm__ volatile(".option push\n.option norvc\nsb %0, 0(%1)\n.option pop" : : "r"(value), "r"(at) : "memory");
}

void touch_write_code(void *at) {
    fault.signal = 0;
    __asm__ volatile(".option push\n.option norvc\nsw %0, 0(%1)\n.option pop\nfence.i"
                     :
                     : "r"(RETURNS), "r"(at)
                     : "memory");
}

void touch_run(const void *at) {
    fault.signal = 0;
    running = at;
    __asm__ volatile("fence.i\njalr ra, 0(%0)" : : "r"(at) : "ra", "memory");
    running = NULL;
}

const char *name_fault(char *to, size_t size) {
    char where[64];
    if (fault.signal == 0) snprintf(to, size, "ok");
    if (fault.signal == 0) return to;
    snprintf(to, size, "SIG%s code %d at %s", sigabbrev_np(fault.signal), fault.code,
             name_address((const void *)fault.at, where, sizeof where));
    return to;
}

static uint64_t digest_of(const char *page, size_t size) {
    uint64_t sum = 0;
    for (const uint64_t *word = (const void *)page; word < (const uint64_t *)(const void *)(page + size); word++)
        sum = (sum ^ *word) * 0x9e3779b97f4a7c15 + (sum >> 29);
    return sum;
}

// What may be done with a page, as letters, why if nothing, and what is in it.
static void look_at(char *page, size_t size) {
    char may[4] = "---", told[80], where[64];
    uint64_t sum = 0;
    uint8_t first = touch_read(page + 64);
    name_fault(told, sizeof told);
    if (fault.signal == SIGSEGV && fault.code == SEGV_MAPERR) return;
    if (fault.signal == 0) {
        may[0] = 'r';
        sum = digest_of(page, size);
        touch_write(page + 64, first);
        if (fault.signal == 0) may[1] = 'w';
        if (*(const volatile uint32_t *)(const void *)page == RETURNS) {
            touch_run(page);
            if (fault.signal == 0) may[2] = 'x';
        }
        snprintf(told, sizeof told, "%016lx", (unsigned long)sum);
    }
    say("%s %s %s", name_address(page, where, sizeof where), may, told);
}

void look_at_all(void) {
    for (struct place *place = places; place < places + PLACES; place++) {
        for (unsigned unit = 0; unit < UNITS; unit++) {
            char *start = place->base + (uint64_t)unit * scale * PAGE;
            if (place->unit[unit].kind == NOTHING && unit % NOTHING_EACH != 0) continue;
            look_at(start, scale == 1 ? PAGE : LOOKED_AT);
            if (scale == 1) continue;
            look_at(start + (uint64_t)(scale / 2) * PAGE, LOOKED_AT);
            look_at(start + (uint64_t)(scale - 1) * PAGE, LOOKED_AT);
        }
    }
}
