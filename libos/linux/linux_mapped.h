// SPDX-License-Identifier: MIT
// Files of the file server in the program's memory.
#pragma once

#include "linux_area.h"
#include "linux_file.h"

// struct linux_file_kind's map, of files whose number is the server's.
int64_t linux_mapped(struct linux_file *file, uint64_t offset, uint64_t pages, uint64_t va, struct linux_terms *terms,
                     struct linux_backing *backing);

// Its fcntl's: seals.
int64_t linux_mapped_command(struct linux_file *file, uint32_t what, uint64_t value);
