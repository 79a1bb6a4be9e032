// SPDX-License-Identifier: MIT
// Signals on their way from one process to another.
#pragma once

#include "records.h"

enum {
    SIGNAL_HANG_UP = 1,
    SIGNAL_KILL = 9,
    SIGNAL_CHILD = 17,
    SIGNAL_GO_ON = 18,
    SIGNAL_STOP = 19,
    SIGNAL_TERMINAL_STOP = 20,
    SIGNAL_TERMINAL_INPUT = 21,
    SIGNAL_TERMINAL_OUTPUT = 22,
    SIGNALS_WAITING = 4096, // of all processes together
    SIGNALS_EACH = 256,     // of one, of those that are queued
    CODE_OF_KERNEL = 0x80,
};

void signals_begin(void);

// => NOT_NOW: too many wait there
enum unix_error signal_send(struct record *to, const struct os_unix_signal *signal);
// In the kernel's name. => is there anybody?
bool signal_group(uint32_t group, int signal);
// Its parent hears of what the child did; `code` as SIGCHLD has it.
void signal_parent(const struct record *child, int code, int status);

// What waits for it is forgotten.
void signals_forget(struct record *record);
