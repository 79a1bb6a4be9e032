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

struct linux_cause;
// A signal for another process, or (thread not 0) a thread of it. => 0, or a negative error
int64_t process_signal(int process, int thread, int signal, const struct linux_cause *cause);
// The process has stopped, by this signal, or goes on.
void process_stopped(int signal);
void process_continued(void);

// What the native first thread does: it hears of children that end.
__attribute__((noreturn)) void process_keep_house(void);
