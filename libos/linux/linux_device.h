// SPDX-License-Identifier: MIT
// The folder /dev.
#pragma once

#include "linux_made.h"

// The device of this number, as stat's st_rdev has it. => NULL: there is none
const struct linux_made *device_of(uint32_t special);
