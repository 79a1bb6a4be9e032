// SPDX-License-Identifier: MIT
// Nobody waits for a test for ever.
#pragma once

void watch_start(void);
void watch_begin(const char *name);
void watch_end(void);
