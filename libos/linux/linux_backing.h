// SPDX-License-Identifier: MIT
// Objects of pagers' own behind areas, in place of the grid's: files, executables, shared memory, what mremap moved. As
// all that is named memory_, for who has its lock.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "list.h"

enum { ORIGIN_PATH = 256 };

// The file behind one or more of them, as /proc/self/maps tells it.
struct linux_origin {
    uint32_t uses;
    uint32_t device;
    uint64_t inode;
    char path[ORIGIN_PATH]; // cut, if it is longer
};

struct linux_backing {
    struct link in_use;
    const char *kind; // whose it is
    uint64_t pager, cookie, va, pages;
    uint64_t first;              // page of the file that is at `va`
    uint64_t number;             // of the file: all that have this one show the same pages; 0: it is nobody else's
    uint64_t attached;           // shmat's number of the segment; 0: it is none
    struct linux_origin *origin; // NULL: there is none to be told
    uint64_t copied;             // the cookie of a forked child's copy
    uint32_t areas;              // that are in it
};

void backing_start(void);

// One that is behind one area. The object is copied, and has its origin from then on. => NULL: there are too many
struct linux_backing *backing_add(const struct linux_backing *object);
// One area less; with the last one the object goes.
void backing_leave(struct linux_backing *backing);
// An object that was not added goes.
void backing_drop(const struct linux_backing *object);

// Pages of one, for another place. They are what these are, not what the file has. => false: no memory
bool backing_copy(const struct linux_backing *backing, uint64_t first, uint64_t pages, uint64_t va,
                  struct linux_backing *copy);
// More of the same file, from this page of it on. => false: it has no file, or there is no memory
bool backing_extend(const struct linux_backing *backing, uint64_t first, uint64_t pages, uint64_t va,
                    struct linux_backing *more);

// A new file of memory alone, shared with whoever is forked. => 0, or a negative error; -ENOSYS: there is no such
// server
int64_t backing_share(uint64_t pages, uint64_t va, struct linux_backing *backing);

// One that stands for this file. => NULL: there is no room, and nothing will be told
struct linux_origin *origin_take(const char *path, uint32_t device, uint64_t inode);
void origin_leave(struct linux_origin *origin);

// In the parent: the child has copies of all, and their regions, by `show`. => a status. In the child: they are its
// own.
uint64_t backing_fork(uint64_t process, uint64_t id,
                      uint64_t (*show)(const struct linux_backing *backing, uint64_t port, uint64_t space),
                      uint64_t space);
void backing_forked(void (*each)(const struct linux_backing *backing));
