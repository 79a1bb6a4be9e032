// SPDX-License-Identifier: MIT
// Handles of servers while a process becomes two: one for each server, by whatever names its kinds are looked up. Which
// names are one server's is learnt when they are looked up for the first time. Several threads may fork.
#include "ports_start.h"

#include <os/process.h>
#include <os/stubs.h>

#include "process_start.h"
#include "string.h"

enum { NAMES = 16, HANDLES = 12 };
#define NOBODY UINT64_MAX // the heir of one's own handles

static struct name {
    char name[OS_NAME];
    uint64_t server; // 0: not yet
} names[NAMES];
static unsigned name_count;

static struct shared {
    uint64_t heir; // 0: unused
    uint64_t server, handle;
} handles[HANDLES];

static uint64_t server_of(const char *name) {
    for (unsigned i = 0; i < NAMES && i < name_count; i++) {
        if (string_equal(names[i].name, name)) return names[i].server;
    }
    return 0;
}

static void learn(const char *name, uint64_t server) {
    size_t length = string_length(name);
    if (server_of(name) != 0 || length >= OS_NAME) return;
    unsigned index = __atomic_fetch_add(&name_count, 1, __ATOMIC_RELAXED);
    if (index >= NAMES) return;
    memcpy(names[index].name, name, length + 1);
    names[index].server = server;
}

static struct shared *find(uint64_t heir, uint64_t server) {
    for (struct shared *one = handles; one < handles + HANDLES; one++) {
        if (one->heir == heir && one->server == server) return one;
    }
    return NULL;
}

static bool keep(uint64_t heir, uint64_t server, uint64_t handle) {
    for (struct shared *one = handles; one < handles + HANDLES; one++) {
        uint64_t unused = 0;
        if (!__atomic_compare_exchange_n(&one->heir, &unused, heir, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
            continue;
        one->server = server;
        one->handle = handle;
        return true;
    }
    return false;
}

struct result os_lookup_shared(const char *name, uint64_t heir) {
    uint64_t server = server_of(name), whose = heir != 0 ? heir : NOBODY;
    const struct shared *shared = server != 0 ? find(whose, server) : NULL;
    if (shared != NULL) return (struct result){STATUS_OK, shared->handle};
    struct message answer = os_process_lookup(name, heir);
    if (answer.status != STATUS_OK) return (struct result){answer.status, 0};
    learn(name, answer.word[1]);
    shared = find(whose, answer.word[1]);
    if (shared != NULL) {
        os_close(answer.handle);
        return (struct result){STATUS_OK, shared->handle};
    }
    if (keep(whose, answer.word[1], answer.handle)) return (struct result){STATUS_OK, answer.handle};
    os_close(answer.handle);
    return (struct result){STATUS_FULL, 0};
}

void os_ports_close(uint64_t heir) {
    for (struct shared *one = handles; one < handles + HANDLES; one++) {
        if (heir == 0 || one->heir != heir) continue;
        os_close(one->handle);
        one->server = 0;
        __atomic_store_n(&one->heir, 0, __ATOMIC_RELEASE);
    }
}

void os_ports_forked(void) {
    for (struct shared *one = handles; one < handles + HANDLES; one++) {
        if (one->heir != 0) *one = (struct shared){0};
    }
}
