// SPDX-License-Identifier: MIT
// A host of pagers and its clients, each a child of the test, which is their administrator.
#pragma once

#include "client.h"

#include <os/attach.h>
#include <os/pager.h>
#include <stddef.h>

enum {
    HOST_QUOTA = 2048,
    HOST_RANK = 1,
    LAZY_CLIENT_QUOTA = 128,
    LAZY_CLIENT_RANK = 2,
    LAZY_PAGER = OS_CHILD_SLOTS, // a client's handle of the host's port
    LAZY_SPACES = 4096,          // pages between two places where tests attach
};

struct host {
    struct os_child child;
    uint32_t port; // its port, without a badge
};

// A host of anon, zero, cow and the kind `store` of evict_test.c.
struct host host_start(uint64_t quota);
// The same, with a backing store of so many places beside the frames.
struct host host_start_backed(uint64_t frames, uint64_t places);
void host_end(struct host *host);

// A client that has not begun; `number` is the badge of its handle LAZY_PAGER.
struct os_child lazy_client(const struct host *host, void (*function)(uint64_t argument), uint64_t argument,
                            uint64_t number);

// An object for a client, and its region. => the cookie
uint64_t host_attach(const struct host *host, const struct os_child *child, const char *kind, uint64_t va,
                     uint64_t pages, uint64_t options, uint64_t number);
// A copy of the whole object for another client, at the same place, and its region. => the cookie
uint64_t host_fork(const struct host *host, uint64_t cookie, const struct os_child *child, uint64_t va, uint64_t pages,
                   uint64_t number);
// Any request. => the error
uint64_t host_ask(const struct host *host, uint64_t label, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3,
                  uint64_t w4);
struct pager_stat host_stat(const struct host *host, uint64_t cookie);

// A client that does all for itself, with a host of its own: in the end nobody has an object or a frame of it.
void lazy_alone(void (*function)(uint64_t argument), uint64_t number);

// For a client: tells the test how far it is, and waits until it may go on.
void step(uint64_t number);
// For the test: waits until the client is so far.
struct message await(const struct os_child *child, uint64_t number);
void go_on(const struct message *message);
// The client has returned; => its end is kept for os_child_end().
void await_end(struct os_child *child);

// A load or a store that may fail: => the error of a pager that it failed with, PAGER_OK
uint64_t try_load(uint64_t va);
uint64_t try_store(uint64_t va, uint64_t value);

// A word of a page, elsewhere in each.
static inline uint64_t at(uint64_t va, uint64_t page) { return va + page * 4096 + page % 512 * 8; }
// Page n gets n + 1 there, until there is no memory for more. => how many pages got it
uint64_t write_until_refused(uint64_t va, uint64_t most);
// The address of the last fault that failed.
uint64_t tried_va(void);
