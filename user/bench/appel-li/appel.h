// SPDX-License-Identifier: MIT
// The Appel-Li bench: one program for two systems, and what it asks of a system.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { APPEL_PAGE = 4096, APPEL_WORDS = 5 };

enum appel_row {
#define ROW(name, times, what) ROW_##name,
#include "appel_rows.def"
#undef ROW
    ROWS,
};

// What memory is wanted for.
enum appel_kind {
    APPEL_WRITTEN, // to be written: lazy, private, copied by a fork
    APPEL_READ,    // to be read first: the same, zero pages
    APPEL_ALIASED, // to be mapped twice
};

// What shall become of an access that faulted.
enum appel_answer {
    APPEL_SKIP,  // go on behind the instruction, which has four bytes
    APPEL_ALLOW, // the page can be read and written from now on: again
};

typedef enum appel_answer appel_handler(uint64_t va);

// Since the program began. A system leaves what it does not count at 0.
struct appel_counters {
    uint64_t switches; // of address spaces: away from this program and back
    uint64_t fences;   // shootdowns of translations
};

// Returns how many units of work it was, 0 when something was wrong.
typedef uint64_t appel_work(uint64_t argument);

// What is false, 0 or NULL in the end means: it could not be done. NULL for a function: this system has no such thing.
struct appel_system {
    void (*print)(const char *format, ...) __attribute__((format(printf, 1, 2)));

    // Addresses whose pages come when they are touched, and begin as zero.
    uint64_t (*take)(enum appel_kind kind, uint64_t pages);
    void (*give)(uint64_t va);
    // The pages are as they were when they were taken.
    bool (*forget)(uint64_t va, uint64_t pages);

    // Pages that are there: read-only; readable and writable again.
    bool (*protect)(uint64_t va, uint64_t pages);
    bool (*allow)(uint64_t va, uint64_t pages);
    // Who is asked from now on what shall become of accesses that are not allowed.
    void (*handle)(appel_handler *handler);

    // Writes to these pages are noted from now on; where were some? written[n] becomes true or false.
    bool (*watch)(uint64_t va, uint64_t pages);
    bool (*find_written)(uint64_t va, uint64_t pages, bool *written);

    // A second, read-only address of a page of kind APPEL_ALIASED; one at a time.
    uint64_t (*alias)(uint64_t va);
    bool (*unalias)(uint64_t at);

    // Addresses whose faults another process answers: by page n of its own, which begins with the number n.
    uint64_t (*take_paged)(uint64_t pages);
    // Again they are not there.
    bool (*forget_paged)(uint64_t va, uint64_t pages);

    // A file of so many pages, all of them in memory, mapped; page n begins with n until somebody writes there.
    uint64_t (*map_file)(uint64_t pages, bool shared);
    void (*unmap_file)(uint64_t va, uint64_t pages);

    // A copy of this process works, and ends. => what it came to
    uint64_t (*fork)(appel_work *work, uint64_t argument);

    // Another process is sent these words and answers with each of them one higher.
    bool (*call)(uint64_t words[APPEL_WORDS]);
    // Another process is sent this byte and sends it back one higher.
    uint8_t (*ping)(uint8_t byte);
    // => what is always the same
    uint64_t (*null)(void);

    struct appel_counters (*count)(void);
    // Of this process, that the system answered or had answered by another one.
    uint64_t (*faults)(void);
};

// The program. words: "clock" (count nanoseconds of the clock instead of instructions), "quick" (few rounds),
// "only=ROW", "broken=FUNCTION" (of the system: it does not do what it should). => its exit status
int appel_main(const struct appel_system *system, unsigned count, const char *const *words);

// The same system with one function that does not do what it should. => NULL: there is no such name
const struct appel_system *appel_broken(const struct appel_system *system, const char *name);
