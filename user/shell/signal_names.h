// SPDX-License-Identifier: MIT
// Signals by name, as kill and trap write them.
#pragma once

enum { SIGNALS = 32 };

// => INT for 2; NULL if there is no such signal
const char *signal_name(int signal);

// INT, SIGINT, int, 2, and 0 or EXIT. => -1 if there is no such signal
int signal_by_name(const char *name);
