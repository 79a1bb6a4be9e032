// SPDX-License-Identifier: MIT
// Devices that live in the process: null, zero, full, random, urandom.
#pragma once

#include "linux_file.h"

// => its kind, and what fstat tells of it; NULL: there is no device of this name
const struct linux_file_kind *linux_device_find(const char *name, struct linux_stat *stat);
