// SPDX-License-Identifier: MIT
// How a signal reaches its handler, and how that returns. All from the entry, with all registers in the level.
#pragma once

// Before the program goes on: signals that wait are given to their handlers.
void linux_attend(void);

// rt_sigreturn
void linux_signal_return(void);
