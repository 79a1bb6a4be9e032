// SPDX-License-Identifier: MIT
// The kernel's command line: words divided by blanks, some of them name=value.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool arguments_have(const char *arguments, const char *word);
// The value of the first name=value, cut to the buffer. => false when there is none
bool arguments_value(const char *arguments, const char *name, char *buffer, size_t size);
// The same as a decimal number. => false when there is none, or it is no number
bool arguments_number(const char *arguments, const char *name, uint64_t *number);
