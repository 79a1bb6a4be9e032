// SPDX-License-Identifier: MIT
// The console: what the kernel says.
#pragma once

// Formats as kernel/format.h tells. => may be called anywhere, also without the lock
void print(const char *text, ...) __attribute__((format(printf, 1, 2)));
