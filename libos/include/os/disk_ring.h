// SPDX-License-Identifier: MIT
// The page that a disk's client shares with the disk server, and what else the two say to each other. Programs use
// <os/disk.h>.
//
// Of 64 slots the client fills free ones in, and puts their numbers in line; the server answers with numbers of slots,
// in any order. Each side counts for itself: of what the other wrote it believes nothing that could harm it.
#pragma once

#include <stdint.h>

enum {
    DISK_SECTOR = 512,
    DISK_SLOTS = 64,
    DISK_BYTES_MOST = 128 * 4096, // of a request
    DISK_NAME = 24,               // with the zero byte at its end
};

enum disk_call {
#define DISK_CALL(name, arguments, results, what) DISK_CALL_##name,
#include <os/disk_calls.def>
#undef DISK_CALL
    DISK_CALLS,
};

// Of a cookie, these low bits are the number of the bit by which the doorbell is rung. The region of the ring has the
// cookie, and an offset that says it too, for who asks for the page by a call.
enum { DISK_INDEX_BITS = 8, DISK_OFFSET_BITS = 12 };

// flags of an answer to open
#define DISK_READ_ONLY 1u

struct disk_slot {
    uint64_t sector, va;
    uint32_t bytes, what;
};

struct disk_answer {
    uint32_t slot, error;
};

struct disk_ring {
    uint32_t submitted; // by the client: how many numbers it has put in line, ever
    uint32_t line[DISK_SLOTS];
    uint32_t answered; // by the server
    struct disk_answer answer[DISK_SLOTS];
    struct disk_slot slot[DISK_SLOTS];
};

_Static_assert(sizeof(struct disk_ring) <= 4096, "one page");

// What `look` tells: since the server began.
struct os_disk_seen {
    char name[DISK_NAME];
    uint64_t sectors, read_only;
    uint64_t requests, joined; // that clients made; of them, that went to the disk with the one before
    uint64_t sectors_read, sectors_written, flushes, errors;
};
