// SPDX-License-Identifier: MIT
// Removing what may be a folder with all that is in it.
#pragma once

#include <stdbool.h>

// => false: it has been complained
bool remove_tree(const char *path, unsigned depth);
