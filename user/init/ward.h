// SPDX-License-Identifier: MIT
// Wards: the processes in init's care, servers and programs alike. A ward lives as long as its first thread.
#pragma once

#include "description.h"
#include "image.h"

#include <os/process.h>
#include <os/stubs.h>

enum {
    WARDS = 128,
    WARDS_KEPT = DESCRIPTION_SERVERS + DESCRIPTION_RUNS, // for what the description names: no program can take them
    WARD_PIECES = 8,
    WARD_NONE = 0, // no process has this number
};

// Badges at init's port: the ward's number, and in which matter.
#define BADGE_EXCEPTION (UINT64_C(1) << 62) // a fault that nobody handles
#define BADGE_WIRED     (UINT64_C(1) << 61) // a fault in memory that init serves
#define BADGE_SOURCE    (UINT64_C(1) << 60) // a pager asks for bytes of the ward's data
#define BADGE_FILE      (UINT64_C(1) << 59) // somebody asks for bytes of a file of the boot image: its number there
#define BADGE_NUMBER    UINT64_C(0xffffffff)

// Badges at servers' ports: the ward's number, and above it that of a child for which it asks.
#define BADGE_HEIR_SHIFT 32

enum ward_state {
    WARD_FREE,
    WARD_MADE, // it has no thread yet
    WARD_LIVES,
    WARD_ENDED, // its parent has yet to hear of it
};

// Memory of a ward that init serves, and sees itself at `view`; 0: pages of the boot image.
struct piece {
    uint64_t va, pages, view, rights;
};

struct ward {
    enum ward_state state;
    uint32_t number, parent;
    uint32_t space, thread; // handles
    uint32_t wired;         // of init's port for its regions, while they are made; 0: none
    uint64_t id;            // of the space
    char name[OS_NAME];
    uint64_t base; // OS_BASE of its program
    uint64_t quota;
    uint32_t rank, priority;
    bool operates; // may end and see what is not its own
    bool unwaited; // it has no parent any more once it has begun: nobody will ask what became of it
    uint32_t piece_count;
    struct piece piece[WARD_PIECES];
    struct os_start_block *block; // init's view of it
    const struct image_file *file;
    uint64_t data, data_size; // its initialised data, in the boot image
    const char *device;       // the kind of devices that it drives; NULL: none
    enum os_ended how;
    uint64_t value;
};

// What a ward is to be.
struct ward_plan {
    const char *words[OS_ARGUMENTS]; // the first is its name
    uint32_t word_count;
    const struct image_file *file;
    uint32_t parent;
    bool operates;
    uint64_t quota;
    uint32_t rank, priority;
    const struct description_memory *part; // [OS_PARTS]; NULL: all of it wired
    bool pays;                             // for its pages
    const char *device;                    // the kind that it is to drive; NULL: none
};

extern uint64_t init_port;
extern const struct image *init_image;
extern struct ward wards[WARDS];

// Makes it and lets it run. => NULL, nothing is left, and why: a status, or STATUS_COUNT and a sentence about its file
struct ward *ward_start(const struct ward_plan *plan, uint64_t *status, const char **wrong);

// A ward without threads that has what `model` has of init's. => NULL, and why
struct ward *ward_copy(const struct ward *model, uint64_t *status);

// Its first thread, whose handle is the ward's from then on, whatever comes of it. => a status
uint64_t ward_begin(struct ward *ward, uint64_t thread);

// Ends it, to the last frame. It is then WARD_ENDED.
void ward_end(struct ward *ward, enum os_ended how, uint64_t value);
// Forgets one that has ended.
void ward_free(struct ward *ward);

// => NULL: there is none that has not been forgotten
struct ward *ward_by_number(uint64_t number);
// => whether its first thread has ended, or was stopped
bool ward_is_over(const struct ward *ward);
