// SPDX-License-Identifier: MIT
// Counting: what single operations cost, each by itself, less what the counting costs.
#pragma once

#include "appel.h"

// What is taken off each sample.
enum appel_empty {
    EMPTY_CALL,     // the call of a function of the system that does nothing
    EMPTY_TOUCH,    // one access to a page that is there
    EMPTY_COUNTING, // the counting alone
    EMPTY_NOTHING,  // it has been taken off
    EMPTIES,
};

// Samples by their powers of two: by the clock some are spoilt by what else the host does.
enum { APPEL_STEPS = 48 };

struct appel_pile {
    uint64_t count[APPEL_STEPS], sum[APPEL_STEPS];
};

struct appel_meter {
    uint64_t operations, samples;
    uint64_t least, most; // of an operation, in one sample; hundredths
    enum appel_empty empty;
    struct appel_pile pile;
    struct appel_counters counters, opened;
};

extern bool appel_by_clock; // what is counted: instructions, or ticks of the clock

static inline uint64_t appel_now(void) {
    uint64_t count;
    if (appel_by_clock)
        __asm__ volatile("rdtime %0" : "=r"(count) : : "memory");
    else
        __asm__ volatile("rdinstret %0" : "=r"(count) : : "memory");
    return count;
}

// A store, or load, of exactly one instruction of four bytes.
static inline void appel_write(uint64_t va, uint64_t value) {
    __asm__ volatile(".option push; .option norvc; sd %1, 0(%0); .option pop" : : "r"(va), "r"(value) : "memory");
}

static inline uint64_t appel_read(uint64_t va) {
    uint64_t value = 0;
    __asm__ volatile(".option push; .option norvc; ld %0, 0(%1); .option pop" : "+r"(value) : "r"(va) : "memory");
    return value;
}

// Finds out what counting costs.
void appel_meter_start(void);

void appel_meter_begin(struct appel_meter *meter);
// What the system counts between the two belongs to the operations.
void appel_meter_open(struct appel_meter *meter, const struct appel_system *system);
void appel_meter_close(struct appel_meter *meter, const struct appel_system *system);
// A sample: `spent` between two calls of appel_now(), for so many operations, with what `empty` says in it.
void appel_meter_add(struct appel_meter *meter, uint64_t spent, uint64_t operations, enum appel_empty empty);

// In the row's line: "appel NAME MEAN LEAST MOST OPERATIONS SWITCHES FENCES", costs in hundredths.
void appel_meter_tell(const struct appel_meter *meter, const char *row, const struct appel_system *system);

// What a sample of `spent` comes to without `empty`, `count` times.
uint64_t appel_net(uint64_t spent, enum appel_empty empty, uint64_t count);
