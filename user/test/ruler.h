// SPDX-License-Identifier: MIT
// A kind of one's own.
#pragma once

#include <os/pager.h>

extern const struct pager_ops kind_ruler;
