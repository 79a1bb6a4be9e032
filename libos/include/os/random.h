// SPDX-License-Identifier: MIT
// Random bytes from the server `random`, which has them from a device.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    RANDOM_MOST = 512,   // bytes in an answer
    RANDOM_CALL_take = 0 // label of the one request: w0 how many bytes; the answer: w0 a status, the bytes as text
};

// A call of the server whose handle this is (os_lookup("random")). => false: it has none to give
bool os_random(uint64_t server, void *to, uint64_t bytes);
