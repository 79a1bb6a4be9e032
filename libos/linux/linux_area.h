// SPDX-License-Identifier: MIT
// The program's memory as it sees it: areas, by address, and what it may do in each page of them.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "linux_backing.h"
#include "linux_user.h"
#include "tree.h"

#include <stddef.h>

enum { PAGE = 4096, AREAS = 65530 };

// Tables of megabytes, of which little is used, stand behind all others: what is used of those is in few page tables.
#define LINUX_HUGE __attribute__((section(".bss.huge")))

// Linux's PROT_, and what native rights are called: the same bits.
#define PROTECTION_READ  1u
#define PROTECTION_WRITE 2u
#define PROTECTION_EXEC  4u
#define PROTECTION_ALL   7u

// What is the same for all pages of an area.
struct linux_terms {
    uint64_t most; // that mprotect may give
    bool is_shared;
    bool is_file; // the backing is a file's
    uint8_t manner;
};

struct linux_area {
    struct tree_node node; // key: the first address
    uint64_t pages;
    struct linux_backing *backing; // NULL: the grid
    uint64_t protection;           // of pages that have none of their own
    bool differs;                  // some pages have one of their own
    struct linux_terms terms;
};

// Manners of areas.
#define MANNER_LOCKED     1u // as mlock has it: a forked child's is not
#define MANNER_NOT_FORKED 2u // a forked child has nothing there
#define MANNER_WIPED      4u // in a forked child it is as when it was mapped
#define MANNER_GROWS      8u // downwards, when it is touched below

static inline uint64_t area_start(const struct linux_area *area) { return area->node.key; }
static inline uint64_t area_end(const struct linux_area *area) { return area->node.key + area->pages * PAGE; }

// Of the file that it shows; 0: of none that others can show.
static inline uint64_t area_number(const struct linux_area *area) {
    return area->backing != NULL ? area->backing->number : 0;
}

// Those that were looked up last, or empty ones.
extern struct linux_area *area_last[2];
struct linux_area *area_look(uint64_t va);

static inline bool area_has(const struct linux_area *area, uint64_t va) {
    return va - area_start(area) < area->pages * PAGE;
}

// => the area that contains va; or NULL
static inline struct linux_area *area_find(uint64_t va) {
    return area_has(area_last[0], va) ? area_last[0] : area_look(va);
}
// => the first area that ends above va; or NULL
struct linux_area *area_from(uint64_t va);
struct linux_area *area_next(const struct linux_area *area);

// Nothing may be there. Joined with its neighbours where they are alike. => NULL: there are too many
struct linux_area *area_add(uint64_t va, uint64_t pages, uint64_t protection, const struct linux_terms *terms,
                            struct linux_backing *backing);
// Makes va, which may be inside an area, the beginning of one. => false: there are too many
bool area_split(uint64_t va);
void area_remove(struct linux_area *area);
// => can that many more be had?
bool area_room(uint64_t count);

// What the program may do with this page of the area.
extern uint8_t area_pages[LINUX_END / PAGE]; // AREA_OWN and a protection; 0: the area's
#define AREA_OWN 0x80u
static inline uint64_t area_protection(const struct linux_area *area, uint64_t va) {
    uint64_t own = area_pages[va / PAGE];
    return own != 0 ? own & PROTECTION_ALL : area->protection;
}
// All pages from va to end, inside the area, have this one.
void area_protect(struct linux_area *area, uint64_t va, uint64_t end, uint64_t protection);
// => where what Linux calls one mapping ends that va is in, at most `end`
uint64_t area_alike(uint64_t va, uint64_t end);
// => where the run of pages ends that have the same protection as va, at most `end`
uint64_t area_run(const struct linux_area *area, uint64_t va, uint64_t end);

// A free range: at the hint if possible, else the highest. => 0: there is none
uint64_t area_place(uint64_t hint, uint64_t size);
