// SPDX-License-Identifier: MIT
// A client: a child with a region whose faults come to the test, which answers them one by one.
#pragma once

#include "suite.h"

#define LAZY_START  0x20000000ul
#define LAZY_COOKIE 0xc00c1eul
#define LAZY_OFFSET 0x700000ul // of the region in its pager's object
#define LAZY(page)  (LAZY_START + (uint64_t)(page)*4096)
#define BOTH_RIGHTS (RIGHT_READ | RIGHT_WRITE)

enum { LAZY_PAGES = 64 };

struct os_child client_made(void (*function)(uint64_t argument), uint64_t argument);
struct os_child client_start(void (*function)(uint64_t argument), uint64_t argument);

// The next message about the child; it should be a fault in the region.
struct message client_fault(const struct os_child *child);
// The next message of any kind.
struct message client_message(const struct os_child *child);

// Answer a fault.
uint64_t verdict_map(const struct message *fault, uint64_t from, uint64_t va, uint64_t pages, uint64_t rights);
uint64_t verdict_of(const struct message *fault, uint64_t verdict, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3);

static inline uint64_t page_of(uint64_t va) { return va & ~UINT64_C(4095); }

static inline uint64_t load(uint64_t va) { return *(volatile uint64_t *)va; }

static inline void store(uint64_t va, uint64_t value) { *(volatile uint64_t *)va = value; }

static inline uint64_t label_of(const struct message *message) { return TAG_LABEL(message->tag); }
