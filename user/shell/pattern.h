// SPDX-License-Identifier: MIT
// Patterns of the shell: * ? [set], a backslash before what is meant as it is. ? is one character of UTF-8. Pure.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// => whether the whole text of this length is what the pattern says
bool pattern_matches(const char *pattern, const char *text, size_t length);

// => whether it has a * ? or [ that is not behind a backslash
bool pattern_is_one(const char *pattern);

// => how many bytes the character at the beginning of `text` has
size_t character_length(const char *text, size_t length);
