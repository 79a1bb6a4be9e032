// SPDX-License-Identifier: MIT
// The kinds that Pagoda comes with.
#pragma once

#include <os/pager.h>

extern const struct pager_ops kind_anon; // lazy memory: heap, stack, anonymous regions
extern const struct pager_ops kind_zero; // reads share one zero frame
extern const struct pager_ops kind_cow;  // private data over what somebody else has
