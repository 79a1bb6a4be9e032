// SPDX-License-Identifier: MIT
// Between begin.c, program.c, process.c and start.S.
#pragma once

#include <os/process.h>
#include <os/stubs.h>

// The first code of a program that init started: on the start stack, without its data yet.
__attribute__((noreturn)) void os_program_begin(const struct os_start_block *block);

// Goes on in `function` on another stack.
__attribute__((noreturn)) void os_on_stack(const void *argument, void (*function)(const void *argument), uint64_t top);

// Where a thread goes on in a copy of its space.
struct os_context {
    uint64_t ra, sp, tp, s[12];
};

// => 0; and once more, something else, where os_context_resume() is called
__attribute__((returns_twice)) int os_context_save(struct os_context *context);
void os_context_resume(const struct os_context *context);

// => returns only if init does not hear of it
void os_process_exit(int status);

// The answer to `lookup`: the server's number and a handle.
struct message os_process_lookup(const char *name, uint64_t heir);

// A request, with these flags of the tag, a word and a handle. => the answer; its status is init's, or the call's
struct message os_init_ask(enum os_init_call call, uint64_t flags, uint64_t value, uint64_t handle);
