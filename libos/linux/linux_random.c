// SPDX-License-Identifier: MIT
// Random words: from the server `random`, some at a time. Where there is none, from a generator (splitmix64) that takes
// in the counters each time it is asked: unfit for secrets.
#include "linux_random.h"

#include <os/process.h>
#include <os/random.h>
#include <os/start_block.h>
#include <os/time.h>

#include "string.h"

enum { POOL = 32 }; // words

static uint32_t busy;                 // somebody takes from the pool
static uint64_t pool[POOL];           // each word is used once
static uint32_t left, owner;          // owner: the process that they are for, and not one forked from it
static uint64_t server, server_owner; // a handle, and whose

static uint64_t made_up(void) {
    static uint64_t state;
    uint64_t cycles;
    __asm__ volatile("rdcycle %0" : "=r"(cycles));
    uint64_t word =
        __atomic_add_fetch(&state, UINT64_C(0x9e3779b97f4a7c15) ^ cycles ^ os_now() << 32, __ATOMIC_RELAXED);
    word = (word ^ word >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ word >> 27) * UINT64_C(0x94d049bb133111eb);
    return word ^ word >> 31;
}

static bool ask(void *to, uint64_t bytes) {
    if (server_owner != os_start->process) {
        server = os_lookup("random").value; // 0: there is none
        server_owner = os_start->process;
    }
    return server != 0 && os_random(server, to, bytes);
}

uint64_t random_word(void) {
    uint64_t word = 0;
    if (__atomic_exchange_n(&busy, 1, __ATOMIC_ACQUIRE) != 0) // also when a fork found it so: then always
        return ask(&word, sizeof word) ? word : made_up();
    if (owner != os_start->process) {
        owner = os_start->process;
        left = 0;
    }
    if (left == 0 && ask(pool, sizeof pool)) left = POOL;
    bool given = left != 0;
    if (given) {
        word = pool[--left];
        pool[left] = 0;
    }
    __atomic_store_n(&busy, 0, __ATOMIC_RELEASE);
    return given ? word : made_up();
}
