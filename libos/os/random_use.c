// SPDX-License-Identifier: MIT
// Random bytes from the server `random`.
#include <os/random.h>

#include <os/stubs.h>
#include <os/threads.h>

#include "string.h"

bool os_random(uint64_t server, void *to, uint64_t bytes) {
    if (bytes > RANDOM_MOST) return false;
    struct message answer =
        os_call(server, MESSAGE_CALL | (uint64_t)RANDOM_CALL_take << TAG_LABEL_SHIFT, bytes, 0, 0, 0, 0);
    if (answer.status != STATUS_OK || answer.word[0] != STATUS_OK) return false;
    memcpy(to, os_self()->message, bytes);
    memset(os_self()->message, 0, bytes);
    return true;
}
