// SPDX-License-Identifier: MIT
// The process among others: its children, and the thread that keeps house.
#pragma once

#include <stdint.h>

// When the process begins.
void process_start(void);
// What the child is to know; then, in it.
void process_before_fork(void);
void process_forked(void);
// A child that this process made.
void process_add(int64_t number);

// What the native first thread does: it hears of children that end.
__attribute__((noreturn)) void process_keep_house(void);
