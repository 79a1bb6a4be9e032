// SPDX-License-Identifier: MIT
// Pipes, and pairs, which are two of them.
#pragma once

#include "streams.h"

void pipes_begin(void);
