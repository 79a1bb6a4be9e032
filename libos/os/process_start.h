// SPDX-License-Identifier: MIT
// Between begin.c, program.c, process.c and start.S.
#pragma once

#include <os/process.h>

// The first code of a program that init started: on the start stack, without its data yet.
__attribute__((noreturn)) void os_program_begin(const struct os_start_block *block);

// Goes on in `function` on another stack.
__attribute__((noreturn)) void os_on_stack(uint64_t top, void (*function)(void));

// => returns only if init does not hear of it
void os_process_exit(int status);

uint64_t os_init_tag(enum os_init_call call);
