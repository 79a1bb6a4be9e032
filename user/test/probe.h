// SPDX-License-Identifier: MIT
// Looking at pages: whether they fault, what the kernel says of them.
#pragma once

#include "client.h"

// Of the faults that probe_note() has handled: how many, and the last one.
extern volatile uint64_t probe_seen, probe_label, probe_va;

// A handler that steps over what faulted.
void probe_note(struct upcall_registers *interrupted, struct os_fault *fault);

// Does this access fault, once, with probe_note() as the handler?
bool probe_faults(uint64_t va, bool write);

// What query and dirty say of a page, of up to 64 pages.
uint64_t probe_state(uint64_t space, uint64_t va);
uint64_t probe_dirty(uint64_t space, uint64_t va, uint64_t pages, uint64_t what);
