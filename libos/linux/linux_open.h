// SPDX-License-Identifier: MIT
// Opening what a path leads to.
#pragma once

#include "linux_place.h"

// => 0, or a negative error; *file: which nobody has yet
int64_t place_open(struct linux_place *place, uint32_t flags, uint32_t mode, struct linux_file **file);

// The working directory's path. => 0, or a negative error
int64_t linux_folder_text(char *text, uint64_t size);

// A mode that the program gives, without what its umask takes away.
uint32_t linux_mode(uint64_t mode);

// The path of the program that runs.
extern char linux_program_path[PLACE_PATH];
