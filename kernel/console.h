// SPDX-License-Identifier: MIT
// The console: what the kernel says.
#pragma once

#include <stdint.h>

// Formats as format.h tells. => may be called anywhere, also without the lock
void print(const char *text, ...) __attribute__((format(printf, 1, 2)));
// Say so many characters as they are.
void console_write(const volatile char *text, uint64_t size);

// Look for what was typed, from now on: Ctrl-T prints who waits on whom, the rest is for console_read().
void console_watch(void);
// The next character typed, or -1.
int console_read(void);
