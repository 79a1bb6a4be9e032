// SPDX-License-Identifier: MIT
// What pagers and those who ask them have in common: requests, errors, counters.
#pragma once

#include <stdint.h>

enum pager_error {
#define PAGER_ERROR(name, sentence) PAGER_##name,
#include <os/pager_errors.def>
#undef PAGER_ERROR
    PAGER_ERRORS,
};

enum pager_call {
#define PAGER_CALL(name, arguments, results, what) PAGER_CALL_##name,
#include <os/pager_calls.def>
#undef PAGER_CALL
    PAGER_CALLS,
};

enum pager_case {
#define PAGER_CASE(name, what) PAGER_CASE_##name,
#include <os/pager_cases.def>
#undef PAGER_CASE
    PAGER_CASES,
};

// Options of attach, above the row's number in the label: rights in the low bits, then
#define PAGER_CLIENT_PAYS   8u   // for frames; else the pager does
#define PAGER_STACK         16u  // page 0 is a guard page: a fault there is a stack overflow
#define PAGER_EMPTY         32u  // has no page yet: resize gives it some, up to those it was attached with
#define PAGER_SHARED        64u  // pages may be passed on (RIGHT_SHARE): for a pager above this one; never evicted
#define PAGER_WINDOW        128u // for calls of kind MESSAGE_FAULT, whose handle comes with the cookie as its badge
#define PAGER_OPTIONS       255u
#define PAGER_OPTIONS_SHIFT 8
#define PAGER_SECOND_SHIFT  32 // "pages and client", "first and pages": two in a word, the second above
#define PAGER_PAGES_MOST    (UINT64_C(1) << 20)
#define PAGER_COOKIE        (UINT64_C(1) << 63) // in every cookie, and in no client's badge

enum pager_hint {
    PAGER_HINT_NEEDED,
    PAGER_HINT_NOT_NEEDED,
};

enum { PAGER_LATENCIES = 24 };

// What a pager's backing store has done. Places of pages that also have a frame are in use as well.
struct pager_stored {
    uint64_t places, places_free;
    uint64_t put, got; // pages that were written, and read; `got` with those read ahead
    uint64_t putting, getting;
    uint64_t clean;                // evicted without being written: they were in the store already
    uint64_t returned;             // taken back by a fault while they were written
    uint64_t ahead, ahead_touched; // read ahead, and those that were seen to be used then
    uint64_t put_failed, get_failed;
};

// The text of an answer to stat. The kind's own instructions for a fault are its latency, which is noted of one in 64.
struct pager_stat {
    uint64_t kind, space, va, client; // 0 for the whole pager
    uint64_t pages, resident, shared, dirty, withheld;
    uint64_t cases[PAGER_CASES];
    uint64_t latency[PAGER_LATENCIES];     // [n]: faults that took from 2^n to 2^(n+1)-1
    uint64_t frames, frames_free, objects; // of the whole pager
    uint64_t evicted, refused;             // of the whole pager: pages evicted, faults out of memory
    uint64_t stored;                       // pages that are in the backing store only
    struct pager_stored store;             // of the whole pager
};

// A kind's name, at most eight letters, in a word.
static inline uint64_t pager_kind(const char *name) {
    uint64_t word = 0;
    for (unsigned shift = 0; shift < 64 && *name != '\0'; shift += 8) word |= (uint64_t)(unsigned char)*name++ << shift;
    return word;
}

// => e.g. "STACK_OVERFLOW"; its sentence
const char *pager_error_name(uint64_t error);
const char *pager_error_sentence(uint64_t error);
// => e.g. "zero_read"
const char *pager_case_name(uint64_t number);
