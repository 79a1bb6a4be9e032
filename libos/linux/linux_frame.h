// SPDX-License-Identifier: MIT
// How a signal reaches its handler, and how that returns. All from the entry, with all registers in the level.
#pragma once

#include "linux_signal.h"

// Before the program goes on: signals that wait are given to their handlers.
void linux_attend(void);

// The program goes on in the signal's handler.
void linux_signal_enter(int signal, const struct linux_cause *cause, const struct linux_action *action);

// rt_sigreturn
void linux_signal_return(void);

// As a siginfo in the program's memory. => false: EFAULT
bool linux_info_write(uint64_t to, int signal, const struct linux_cause *cause);
