// SPDX-License-Identifier: MIT
// A kind with a backing store in its own memory, which is slow on request: for the tests.
#pragma once

#include <os/pager.h>

extern const struct pager_ops kind_store;

enum { STORE_PAGES = 64, STORE_OBJECTS = 8 };

// Bits of the host's port.
enum { STORE_WAKE = 1 };
