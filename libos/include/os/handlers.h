// SPDX-License-Identifier: MIT
// A thread's own handler of faults, in C.
#pragma once

#include <abi/message.h>
#include <os/stubs.h>
#include <stdint.h>

// What a handler is told, and what it wants done when it returns.
struct os_fault {
    struct message message;            // as a pager would have received it; there is no token
    uint64_t flags, va, pages, rights; // of resume; nothing, unless the handler sets them
};

typedef void os_handler(struct upcall_registers *interrupted, struct os_fault *fault);

// For the calling thread, from its next fault on; not from within a handler.
// => STATUS_NO_MEMORY when there is none for its stack
uint64_t os_handler_set(os_handler *handler);

// Where the kernel enters; it calls os_self()->handler.
void os_handler_entry(void);

// What the first program begins with: says what happened, and ends the machine with failure.
void os_handler_give_up(struct upcall_registers *interrupted, struct os_fault *fault);
