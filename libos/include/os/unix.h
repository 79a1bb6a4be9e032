// SPDX-License-Identifier: MIT
// Processes, signals between them, and streams: requests to the server `unix` (<os/unix_calls.def>).
#pragma once

#include <abi/call.h>
#include <os/stubs.h>
#include <os/unix_protocol.h>
#include <stdbool.h>
#include <stdint.h>

// A page of this process, unless one says otherwise: the region by which the server hears of the process's end.
#define OS_UNIX_PAGE UINT64_C(0x2700000000)

// This process becomes one of the server's.
enum unix_error os_unix_begin(const char *name, uint64_t va);
// => has it begun?
bool os_unix_has_begun(void);

// For os_fork_first: a child, made by init, under a handle of its space. What this changes the child shall see.
enum unix_error os_unix_fork(uint64_t child, uint64_t space);
// It has not come about.
void os_unix_forget(uint64_t child);
// In the child.
void os_unix_forked(void);

// Any request without a handle; *answer is then the whole of it. `text` bytes of the message page go along.
enum unix_error os_unix_ask(enum unix_call call, uint64_t text, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3,
                            struct message *answer);
// One whose results nobody wants.
enum unix_error os_unix_tell(enum unix_call call, uint64_t w0, uint64_t w1, uint64_t w2);

// These bits of the port are set when there are signals for this process.
enum unix_error os_unix_attend(uint64_t port, uint64_t bits);
// The same for what is asked for in the listener's name.
enum unix_error os_unix_listen(uint64_t port, uint64_t bits, uint64_t *listener);

// The first process from this number on.
enum unix_error os_unix_look(uint64_t number, struct os_unix_process *process);
