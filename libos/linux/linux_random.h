// SPDX-License-Identifier: MIT
// Numbers that are hard to guess, though not for who tries: there is no device for them yet.
#pragma once

#include <stdint.h>

uint64_t random_word(void);
