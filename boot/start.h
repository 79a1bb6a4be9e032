// SPDX-License-Identifier: MIT
// The first program.
#pragma once

struct image;
struct machine;

// Make the first space and its thread from the file `init` of the boot image, which is the machine's initrd.
// => NULL, or a sentence
const char *start_first_program(const struct image *image, const struct machine *found);
