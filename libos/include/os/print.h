// SPDX-License-Identifier: MIT
// Text for the console. Overwrites the calling thread's message page.
#pragma once

#include <stddef.h>

// Longer texts are cut.
enum { OS_PRINT_LIMIT = 512 };

// Nothing of another thread of this space comes between.
void os_write(const char *text, size_t length);

__attribute__((format(printf, 1, 2))) void os_print(const char *text, ...);

// => the name of a status, e.g. "NO_MEMORY"
const char *os_status_name(unsigned long status);
