// SPDX-License-Identifier: MIT
// The console: what the kernel says.
#pragma once

#include <abi/call.h>
#include <stdint.h>

// Formats as format.h tells. => may be called anywhere, also without the lock
void print(const char *text, ...) __attribute__((format(printf, 1, 2)));
// Say so many characters as they are.
void console_write(const volatile char *text, uint64_t size);

// Look for what was typed, from now on, or no longer: Ctrl-T prints who waits on whom, the rest is for console_read().
void console_watch(enum console_watch what);
// The next character typed, or -1.
int console_read(void);

// Print every thread that waits, for what, and the chain of those that it waits on.
void waits_print(void);

// ---- when the kernel dies: only for what cannot happen ----

_Noreturn void panic(const char *text, ...) __attribute__((format(printf, 1, 2)));

// On in every build.
#define assert(condition) \
    ((condition) ? (void)0 : panic("assertion failed: %s (%s:%d)", #condition, __FILE_NAME__, __LINE__))

// The door for traps of the kernel itself: tells all, and ends the machine.
_Noreturn void panic_trap(void);

// The file that holds this kernel's symbols, as seen from the top of the tree.
extern const char kernel_file[];

// The function or object that holds the address. => its name and the offset in it; "?" when there is none
const char *symbol_find(uint64_t address, uint64_t *offset);
