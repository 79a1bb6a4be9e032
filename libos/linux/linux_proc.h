// SPDX-License-Identifier: MIT
// What stands in /proc, beyond its folders.
#pragma once

#include "linux_made.h"

// A text of /proc, or of a process in it: then `word` is the process's number.
struct proc_text {
    const char *name;
    void (*text)(const struct linux_made *node, struct linux_sink *sink);
    bool of_all; // of a process: also when it is not this one
};

// Each ends with a row without a name.
extern const struct proc_text proc_of_memory[], proc_of_process[], proc_of_system[], proc_of_kernel[], proc_of_random[],
    proc_of_paging[], proc_of_files[];

// Pages of this process, and bytes of its addresses.
struct proc_sizes {
    uint64_t bytes, data, stack, text, locked, shared_bytes; // addresses
    uint64_t anonymous, of_files, shared;                    // pages that are there
};
void proc_sizes(struct proc_sizes *sizes);
