// SPDX-License-Identifier: MIT
// A pager in a space of its own, and a client above it: neither trusts the other, and the test looks on.
#pragma once

#include "client.h"

struct pair {
    struct os_child pager, client;
    uint32_t port; // our handle of the pager's port
};

// Both begin. The pager begins with pair_pager_port(); the client's region LAZY points there, with this deadline.
struct pair pair_start(void (*pager)(uint64_t argument), void (*client)(uint64_t argument), uint64_t argument,
                       uint64_t deadline);
void pair_end(struct pair *pair);

// Waits until the pager's space is gone, if it is not.
void pair_kill_pager(struct pair *pair);

// The pager's first act: makes its port, and returns when there is a client. => its handle
uint64_t pair_pager_port(void);
