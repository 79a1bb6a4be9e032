// SPDX-License-Identifier: MIT
// Claims on ranges of files: locks that programs take, of which nobody but who takes them too takes notice.
#pragma once

#include <os/file_protocol.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CLAIMS_MOST = 2048 };

struct claim {
    const void *file; // NULL: unused
    uint64_t owner;   // a client, or what is open; nobody is in its own way
    uint64_t client;  // 0: it is of no process
    uint64_t start, end;
    bool whole;     // of those that do not see the others
    bool exclusive; // else others may have it, too
};

// => one that is in the way; NULL: none is
const struct claim *claim_find(const struct claim *wanted);
// In place of what its owner has there; `none`: nothing is. => BUSY, FULL
enum file_error claim_set(const struct claim *wanted, bool none);
// All that this owner has; file: on this one, NULL: on any.
void claims_release(const void *file, uint64_t owner);
