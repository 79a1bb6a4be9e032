// SPDX-License-Identifier: MIT
// Counters: streams of one number each.
#pragma once

#include "streams.h"

void counters_begin(void);
