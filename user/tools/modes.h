// SPDX-License-Identifier: MIT
// Permissions as people write them: drwxr-xr-x, 755, u+x,go-w.
#pragma once

#include <stdbool.h>
#include <sys/types.h>

void mode_print(char text[11], mode_t mode);

// What the text makes of the mode. => false: it is no mode
bool mode_change(const char *text, mode_t *mode);
