// SPDX-License-Identifier: MIT
// Settings of a test program: the lines "name=value" of the file suite.conf in the boot image, if there is one.
#pragma once

#include <stddef.h>
#include <stdint.h>

uint64_t settings_number(const char *name, uint64_t otherwise);

// => as much of it as fits; unchanged when it is not there
void settings_text(const char *name, char *text, size_t size);
