// SPDX-License-Identifier: MIT
// How a program of Linux's begins.
#pragma once

#include <stdint.h>

#define LINUX_STACK UINT64_C(0x800000) // bytes, all of it reserved

extern uint32_t linux_parent; // the parent's number
