// SPDX-License-Identifier: MIT
// The differential test of memory: what its parts know of each other.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PAGE = 4096, UNITS = 40, CALLS_MOST = 64 };

// What a unit of pages is, as the answers so far say.
enum differ_kind { NOTHING, PRIVATE, SHARED };
struct unit {
    uint8_t kind, protection;
    bool not_forked;
    uint16_t mapping; // units with the same one are in one mapping of the system's, whatever it joins
};

// Ranges of addresses that calls are about.
enum differ_place { WINDOW, ZONE, HEAP, PLACES };
struct place {
    const char *name;
    char *base;
    struct unit unit[UNITS];
};

extern struct place places[PLACES];
extern unsigned scale; // pages in a unit

// ---- differ_say.c: what happened, as text and as a number ----
extern bool differ_verbose;
extern uint64_t differ_digest;
extern char differ_whose[]; // the calls that forked this process and those above, before each line
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_now(void); // what was said is printed
const char *name_address(const void *at, char *to, size_t size);
const char *name_error(long answer, char *to, size_t size);

// ---- differ_touch.c: accesses that may fault ----
struct fault {
    int signal, code;
    const void *at;
};
extern volatile struct fault fault; // signal 0: there was none
void touch_start(void);
uint8_t touch_read(const void *at);
void touch_write(void *at, uint8_t value);
void touch_write_code(void *at); // an instruction that returns
void touch_run(const void *at);
const char *name_fault(char *to, size_t size);
// All that is there: what may be done with it, and its contents.
void look_at_all(void);

// ---- differ_calls.c ----
uint64_t next_random(uint64_t *state);
// Makes up a call from the random numbers, does it, says what came of it. => false: it is a fork
bool differ_call(unsigned number, uint64_t *random);
// Some memory that is known is shared with children.
bool is_shared_somewhere(void);
// In a forked child: what it has not.
void forget_not_forked(void);
