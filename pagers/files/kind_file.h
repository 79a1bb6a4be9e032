// SPDX-License-Identifier: MIT
// The kind `file`: a file's pages as memory.
#pragma once

#include "mapped.h"

extern const struct pager_ops kind_file;
