// SPDX-License-Identifier: MIT
// Interrupts, made ready.
#include "interrupts.h"

#include "csr.h"
#include "hart.h"
#include "interrupt.h"
#include "machine.h"
#include "timer.h"

#define SSTATUS_SPP (1ull << 8)

void interrupts_init(const struct machine *machine) {
    uint32_t sources = machine->interrupt_sources;
    interrupt_controller = direct(pa(machine->interrupt_controller.start));
    interrupt_sources = sources < INTERRUPT_SOURCES ? sources : INTERRUPT_SOURCES - 1;
    for (uint32_t source = 1; source <= interrupt_sources; source++) interrupt_controller[source] = 0;
}

void interrupts_enable_here(void) {
    uint64_t context = hart_here()->context;
    timer_set(TIMER_NEVER);
    csr_write(sie, INTERRUPT_SOFTWARE | INTERRUPT_TIMER | INTERRUPT_EXTERNAL);
    csr_write(scounteren, 7); // user programs may count cycles, time and instructions
    csr_clear(sstatus, SSTATUS_FS | SSTATUS_SPP);
    for (uint32_t source = 0; source <= interrupt_sources; source += 32) *interrupt_enables(context, source) = 0;
    if (hart_here() == &harts[0]) interrupt_context(context)[CONTEXT_THRESHOLD] = 0;
}
