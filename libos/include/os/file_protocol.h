// SPDX-License-Identifier: MIT
// What the file server and those who ask it have in common: requests, errors, what is told of a file.
#pragma once

#include <os/pager_protocol.h>
#include <stdint.h>

enum file_error {
#define FILE_ERROR(name, sentence) FILE_##name,
#include <os/file_errors.def>
#undef FILE_ERROR
    FILE_ERRORS,
};

// The numbers below are those of every pager's requests.
enum { FILE_CALL_FIRST = 64 };

enum file_call {
#define FILE_CALL(name, arguments, results, what) FILE_CALL_##name,
#include <os/file_calls.def>
#undef FILE_CALL
    FILE_CALLS,
};

_Static_assert((int)PAGER_CALLS <= (int)FILE_CALL_FIRST && FILE_CALL_FIRST + FILE_CALLS <= 256,
               "one byte of the label");

#define FILE_ROOT    UINT64_C(0xffffffff) // in place of a directory
#define FILE_HERE    UINT64_MAX           // in place of an offset
#define FILE_AS_TEXT UINT64_MAX           // in place of a place

enum {
    FILE_TEXT_MOST = 4096,    // bytes that go in the message page
    FILE_BUFFER_PAGES = 16,   // of a session's region, which is its buffer
    FILE_BUFFER_SIZE = 65536, // bytes of it
    FILE_NAME_MOST = 255,
    FILE_PATH_MOST = 4096, // with the 0 at its end; of two paths together, too
    FILE_LINKS_MOST = 40,  // symbolic links on one path
};

// Flags of open: what may be done, and how.
#define FILE_READ      1u
#define FILE_WRITE     2u
#define FILE_MAKE      4u   // when it is not there
#define FILE_NEW       8u   // with MAKE: it must not be there
#define FILE_TRUNCATE  16u  // it is empty then
#define FILE_APPEND    32u  // every write goes to the end
#define FILE_DIRECTORY 64u  // it must be one
#define FILE_NO_FOLLOW 128u // if the path ends at a symbolic link, that itself: LOOP for open, else what it is
#define FILE_SYNC      256u // a write is on the disk when it is answered
#define FILE_ITSELF    512u // with NO_FOLLOW: a symbolic link is opened as such

// An option of map, above those of a pager: what is written reaches the file.
#define FILE_SHARED 256u

// In place of the options and the file of map: those of the mapping whose cookie stands for the file. With FILE_ROOT in
// place of the file: a new one of memory alone.
#define FILE_AS_BEFORE 0u

// A file of memory alone that is sealed: what nobody may do to it any more. FUTURE: who may write already still may.
#define FILE_SEAL_SEAL   1u
#define FILE_SEAL_SHRINK 2u
#define FILE_SEAL_GROW   4u
#define FILE_SEAL_WRITE  8u
#define FILE_SEAL_FUTURE 16u
#define FILE_SEALS       31u

// Flags of others.
#define FILE_FOLLOW      1u // link: the file that a symbolic link leads to
#define FILE_NO_REPLACE  1u // rename: EXISTS, if there is one
#define FILE_A_DIRECTORY 1u // remove: an empty directory, and nothing else
#define FILE_DATA_ONLY   1u // sync: times may be lost

// What lock is to do; with none of the first three no byte is locked any more.
#define FILE_LOCK_SHARED    1u
#define FILE_LOCK_EXCLUSIVE 2u
#define FILE_LOCK_TEST      4u // only: is somebody in the way?
#define FILE_LOCK_OPENED \
    8u // it belongs to the open file, all who have that from a fork, and goes with it; else to the process
#define FILE_LOCK_WHOLE 16u // one of those that do not see the others

// A file's mode: its type and rights, as on the disk.
#define FILE_TYPE(mode)     ((mode)&0xf000u)
#define FILE_TYPE_FIFO      0x1000u
#define FILE_TYPE_CHARACTER 0x2000u
#define FILE_TYPE_DIRECTORY 0x4000u
#define FILE_TYPE_BLOCK     0x6000u
#define FILE_TYPE_REGULAR   0x8000u
#define FILE_TYPE_SYMLINK   0xa000u
#define FILE_TYPE_SOCKET    0xc000u

enum file_from {
    FILE_FROM_START,
    FILE_FROM_HERE,
    FILE_FROM_END,
    FILE_FROM_DATA, // the next byte from there on that is not in a hole; BAD_ARGUMENT: there is none
    FILE_FROM_HOLE,
};

enum file_change {
    FILE_CHANGE_MODE,  // value: its rights
    FILE_CHANGE_OWNER, // value, second: user, group; UINT32_MAX: as it is
    FILE_CHANGE_TIMES, // value, second: seconds when it was read, written; FILE_TIME_NOW, FILE_TIME_KEPT
};
#define FILE_CHANGE_NO_FOLLOW 256u // with `what`: a symbolic link itself
#define FILE_TIME_NOW         UINT64_MAX
#define FILE_TIME_KEPT        (UINT64_MAX - 1)

struct os_file_stat {
    uint64_t inode, size, blocks; // blocks of 512 bytes
    uint32_t mode, links, user, group;
    uint64_t accessed, modified, changed; // seconds since 1970
    uint32_t device, block_size;
    // Of a file of memory alone: when a mapping of it began and ended, how many there are; clients; seals.
    uint64_t mapped, unmapped;
    uint32_t mappings, maker, last, seals;
};

struct os_file_entry {
    uint64_t inode;
    uint64_t next;  // to seek to, for the entries behind this one
    uint16_t size;  // to the next entry; a multiple of 8
    uint8_t type;   // FILE_TYPE(mode) >> 12; 0: not told
    uint8_t length; // of the name
    char name[4];   // longer, and 0 behind it
};

struct os_file_space {
    uint64_t block_size, blocks, blocks_free, blocks_available; // the last without those that are kept for the owner
    uint64_t files, files_free;
    uint64_t read_only; // 1: it cannot be written to (any more)
};

struct os_file_counters {
    uint64_t pages, pages_clean, pages_dirty,
        pages_writing;                          // of the cache, now; one that is written may be dirty again
    uint64_t pages_most;                        // that it may have
    uint64_t read, read_ahead, read_ahead_hits; // pages from the disk; before they were asked for; and were
    uint64_t written, evicted;                  // pages
    uint64_t commits, errors;
    uint64_t files, files_open, mappings;
    uint64_t pages_memory; // of files of memory alone, which are in the cache only
};

// => e.g. "NOT_FOUND"; its sentence
const char *file_error_name(uint64_t error);
const char *file_error_sentence(uint64_t error);
