// SPDX-License-Identifier: MIT
// Files of the file server.
#pragma once

#include <os/file_protocol.h>

#include "linux_file.h"

void regular_stat(const struct os_file_stat *from, struct linux_stat *stat);
