// SPDX-License-Identifier: MIT
// Records: the processes that there are, whose children they are, and how those ended that nobody has waited for.
#pragma once

#include <os/unix_protocol.h>
#include <stdbool.h>
#include <stddef.h>

#include "list.h"

enum { RECORDS = 256 };

enum record_state {
    RECORD_FREE,
    RECORD_MADE, // it has not asked for anything yet
    RECORD_LIVES,
    RECORD_ENDED, // its parent has yet to hear of it
};

struct record {
    enum record_state state;
    uint32_t number, group, session; // of processes
    struct record *parent;           // NULL: nobody's
    struct link children, sibling;   // in the order of their making
    uint64_t cookie, space;          // of the region by which its end is heard of
    uint32_t port;                   // handle: who is to hear of signals; 0: nobody yet
    uint64_t bits;
    bool has_to_take; // signals, or that it has another parent
    uint32_t status;  // how it ended, or will
    bool told;        // by itself
    bool executed, stopped;
    bool news; // it has stopped, or gone on, and nobody has waited for that
    uint32_t children_flags;
    uint64_t user_time, system_time;
    struct link signals;    // that wait for it
    uint64_t bare;          // bit n - 1: signal n waits, and there was no room for more
    uint32_t signals_count; // in the list
    struct link listeners;
    uint32_t listeners_count;
    uint32_t streams_count, streams_end; // how many, and where the numbers end that are in use
    uint16_t stream[UNIX_STREAMS];       // the stream's index, and 1; 0: none
    char name[UNIX_NAME];
};

extern struct record records[RECORDS];

// => NULL: there is none
struct record *record_find(uint64_t number);
// For a process of this number, which has none. => NULL: there are too many
struct record *record_make(uint64_t number, struct record *parent, uint64_t space);
// As it is forgotten: nothing of it is left.
void record_free(struct record *record);

// Whose region that is. => NULL: nobody's who lives
struct record *record_of_region(uint64_t cookie, uint64_t space);

// The process is no more: what it had is given back, its parent hears of it.
void record_end(struct record *record);
// It has something to take.
void record_call(struct record *record);
void record_stop(struct record *record, bool stops);
// Those whose processes are no more, and whose regions did not tell. => was there one?
bool records_sweep(void);

// Is there a process of the session in this group?
bool record_has_group(uint32_t session, uint32_t group);
// Nobody in the group has a parent of the same session outside of it: nobody would let it go on.
bool record_is_orphaned(uint32_t group);
