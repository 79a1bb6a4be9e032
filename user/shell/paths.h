// SPDX-License-Identifier: MIT
// The names of files that a pattern stands for.
#pragma once

#include "scratch.h"
#include "syntax.h"

// Adds them sorted at *last. => where the next one goes; `last` itself if there are none
struct word **paths_matching(const char *pattern, struct scratch *scratch, struct word **last);
