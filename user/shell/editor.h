// SPDX-License-Identifier: MIT
// Lines from a terminal, edited.
#pragma once

#include <stdbool.h>

#include "text.h"

void editor_begin(int terminal);
void editor_end(void);

// A line_source: appends a line. => false: Ctrl-D, or the terminal is gone
bool editor_line(struct text *text, bool goes_on);
