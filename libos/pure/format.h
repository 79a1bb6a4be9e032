// SPDX-License-Identifier: MIT
// A small printf: %s %c %d %u %x %p %%, with width, 0, -, precision for %s, and the lengths l, ll and z.
#pragma once

#include <stdarg.h>
#include <stddef.h>

enum { FORMAT_WIDTH_LIMIT = 256 };

// Gives the characters one by one to `put`. A null string prints as "(null)", a pointer as 0x and 16 digits.
// A width is cut at FORMAT_WIDTH_LIMIT. From a conversion that it does not know on, the text is given as it stands.
__attribute__((format(printf, 3, 0))) void format(void (*put)(void *context, char c), void *context, const char *text,
                                                  va_list arguments);

// The same into a buffer, always terminated when `size` is not 0.
// => the length of the whole text, even if it was cut
__attribute__((format(printf, 3, 4))) size_t format_to(char *buffer, size_t size, const char *text, ...);
__attribute__((format(printf, 3, 0))) size_t format_list_to(char *buffer, size_t size, const char *text,
                                                            va_list arguments);
