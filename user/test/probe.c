// SPDX-License-Identifier: MIT
// Looking at pages: whether they fault, what the kernel says of them.
#include "probe.h"

volatile uint64_t probe_seen, probe_label, probe_va;

// Notes the fault and steps over it.
void probe_note(struct upcall_registers *interrupted, struct os_fault *fault) {
    probe_seen++;
    probe_label = TAG_LABEL(fault->message.tag);
    probe_va = fault->message.word[1];
    suite_skip(interrupted);
}

bool probe_faults(uint64_t va, bool write) {
    probe_seen = 0;
    if (write)
        store(va, 1);
    else
        load(va);
    return probe_seen == 1 && probe_va == va && FAULT_ACCESS(probe_label) == (write ? FAULT_WRITE : FAULT_READ);
}

uint64_t probe_state(uint64_t space, uint64_t va) {
    EXPECT_STATUS(OK, os_query(space, va, 1));
    return *(const uint64_t *)os_self()->message;
}

uint64_t probe_dirty(uint64_t space, uint64_t va, uint64_t pages, uint64_t what) {
    EXPECT_STATUS(OK, os_dirty(space, va, pages, what));
    return *(const uint64_t *)os_self()->message;
}
