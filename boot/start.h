// SPDX-License-Identifier: MIT
// The first program.
#pragma once

struct image;
struct span;

// Make the first space and its thread from the file `init` of the boot image, which stands at `where`.
// => NULL, or a sentence
const char *start_first_program(const struct image *image, struct span where);
