// SPDX-License-Identifier: MIT
// Where a pager's tables are in its own space: one region, with memory where it is used.
#pragma once

#include <os/pager.h>

enum {
    SLOTS_MOST = 1 << 19, // the highest bit of an entry is ENTRY_STORED
    PLACES_MOST = 1 << 19,
    GROUP_SLOTS = 64, // frames are had and given back in groups
    GROUPS_MOST = SLOTS_MOST / GROUP_SLOTS,
    OBJECTS_MOST = 8192,
    CLIENTS_MOST = 1024,
    CLIENT_OBJECTS_MOST = 4096,
    ENTRIES_PER_PAGE = 1024,
    SLOT_SIZE = 4096,
    OBJECT_BITS = 10,
    ROW_MOST = 512, // entries that are gone through at a time: behind them may be many zeros
};

#define PAGER_TABLES     0x1100000000ul
#define PAGER_GROUPS     (PAGER_TABLES + 0x200000)
#define PAGER_CLIENTS    (PAGER_TABLES + 0x280000)
#define PAGER_PARKED     (PAGER_TABLES + 0x2c0000)
#define PAGER_TRANSITS   (PAGER_TABLES + 0x300000)
#define PAGER_NOTES      (PAGER_TABLES + 0x1800000)
#define PAGER_PLACES     (PAGER_TABLES + 0x2000000)
#define PAGER_OBJECTS    (PAGER_TABLES + 0x2400000)
#define PAGER_ENTRIES    (PAGER_TABLES + 0x4000000) // of objects that need no more than a page of them
#define PAGER_ENTRIES_OF 0x1200000000ul             // of others: room for PAGER_PAGES_MOST each

// Client 0 is the pager itself.

struct pager_group {
    uint64_t free;  // frames that nobody holds
    uint64_t clean; // of those: still zero
    uint64_t there; // slots that have a frame
    uint16_t next, previous;
    uint16_t purse; // its client's place in the table
    bool listed;
};

_Static_assert(PAGER_HOLDERS == PAGER_TABLES + 0x400000, "between the others");
_Static_assert(sizeof(struct pager_client) == 128 && sizeof(struct pager_group) == 32, "indexed by shifting");
_Static_assert(sizeof(struct pager_object) <= 1 << OBJECT_BITS, "objects of 1,024 bytes");

static inline struct pager_client *client_at(uint64_t index) { return (struct pager_client *)PAGER_CLIENTS + index; }

static inline struct pager_group *group_at(uint64_t index) { return (struct pager_group *)PAGER_GROUPS + index; }

static inline uint16_t *holders_at(uint64_t slot) { return (uint16_t *)PAGER_HOLDERS + slot; }

static inline struct pager_object *object_at(uint64_t index) {
    return (struct pager_object *)(PAGER_OBJECTS + (index << OBJECT_BITS));
}

static inline uint64_t slot_of(uint32_t entry) { return entry >> ENTRY_SHIFT; }

// May a page of it be seen at its addresses? Who attaches an object says for what space; that it is true shows in a
// fault there. In a window pages are elsewhere: only those know where who have them.
static inline bool is_seen(const struct pager_object *object) {
    return object->seen && (object->options & PAGER_WINDOW) == 0;
}

static inline bool may_be_passed_on(const struct pager_object *object) {
    return (object->options & (PAGER_SHARED | PAGER_WINDOW)) != 0;
}

static inline uint64_t grain_end(const struct pager_object *object, uint64_t page) {
    return ((page >> object->grain) + 1) << object->grain;
}

// May an entry of its grain be other than 0?
static inline bool is_used(const struct pager_object *object, uint64_t page) {
    return object->used[page >> object->grain] != 0;
}

// Where the row of entries ends that begins at this page, whose grain is used: all of them have memory.
static inline uint64_t row_end(const struct pager_object *object, uint64_t page, uint64_t end) {
    do page = grain_end(object, page);
    while (page < end && is_used(object, page));
    return page < end ? page : end;
}

// Is there memory for this page's entry?
static inline bool is_backed(const struct pager_object *object, uint64_t page) {
    return (object->backed >> (page / ENTRIES_PER_PAGE >> object->shift) & 1) != 0;
}
