// SPDX-License-Identifier: MIT
// Verdicts: what a pager, or a server, answers.
#pragma once

#include <abi/message.h>

#include "thread.h"

struct answer {
    uint64_t status;       // or MISUSED
    struct thread *client; // who can go on now, and is in no queue; NULL: nobody, or it has been seen to
};

struct answer verdict_give(struct thread *pager, uint64_t token, uint64_t tag, uint64_t word[5]);
