// SPDX-License-Identifier: MIT
// Locks on files.
#pragma once

#include "linux_file.h"

// fcntl's commands for locks on bytes. => INT64_MIN: it is none of them
int64_t lock_command(struct linux_file *file, uint32_t what, uint64_t at);
