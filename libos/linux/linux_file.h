// SPDX-License-Identifier: MIT
// Open files: the descriptors of the process, what they stand for, and what each kind of file can do.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "linux_made.h"

enum {
    LINUX_DESCRIPTORS = 1024,
    LINUX_FILE_PATH = 112, // bytes of a path that stand with the file; longer ones elsewhere
};

// open's flags
#define O_ACCMODE   03u
#define O_RDONLY    00u
#define O_WRONLY    01u
#define O_RDWR      02u
#define O_CREAT     0100u
#define O_EXCL      0200u
#define O_NOCTTY    0400u
#define O_TRUNC     01000u
#define O_APPEND    02000u
#define O_NONBLOCK  04000u
#define O_DSYNC     010000u
#define O_ASYNC     020000u
#define O_DIRECT    040000u
#define O_LARGEFILE 0100000u
#define O_DIRECTORY 0200000u
#define O_NOFOLLOW  0400000u
#define O_NOATIME   01000000u
#define O_CLOEXEC   02000000u
#define O_SYNC      04010000u // with O_DSYNC
#define O_PATH      010000000u
#define O_TMPFILE   020000000u // without O_DIRECTORY

// poll's bits
#define POLLIN   0x001u
#define POLLPRI  0x002u
#define POLLOUT  0x004u
#define POLLERR  0x008u
#define POLLHUP  0x010u
#define POLLNVAL 0x020u

#define FILE_AT_POSITION UINT64_MAX // in place of an offset: where the last one ended

// As fstat tells it.
struct linux_stat {
    uint64_t device, inode;
    uint32_t mode, links, user, group;
    uint64_t special, padding;
    int64_t size;
    int32_t block_size, padding_2;
    int64_t blocks;
    uint64_t accessed, accessed_nanoseconds, modified, modified_nanoseconds, changed, changed_nanoseconds;
    uint32_t unused[2];
};
_Static_assert(sizeof(struct linux_stat) == 128, "as Linux has it");

struct linux_file;
struct linux_backing;
struct linux_terms;

// What a kind of file can do; NULL: not that, and the program gets the error that Linux gives. `to`, `from`, `at` are
// the program's addresses. All but `last` answer with a negative error.
struct linux_file_kind {
    const char *name;
    // => bytes. `offset`: FILE_AT_POSITION, or pread's, which only a kind with `seek` sees
    int64_t (*read)(struct linux_file *file, uint64_t to, uint64_t size, uint64_t offset);
    int64_t (*write)(struct linux_file *file, uint64_t from, uint64_t size, uint64_t offset);
    int64_t (*seek)(struct linux_file *file, int64_t offset, uint32_t from); // => the position
    int64_t (*stat)(struct linux_file *file, struct linux_stat *stat);       // *stat is 0 before
    int64_t (*list)(struct linux_file *file, uint64_t to, uint64_t size);    // getdents64's
    int64_t (*control)(struct linux_file *file, uint32_t what, uint64_t at); // ioctl's; ENOTTY: it knows no such
    int64_t (*command)(struct linux_file *file, uint32_t what, uint64_t at); // fcntl's that are not of all files
    int64_t (*truncate)(struct linux_file *file, uint64_t size);
    int64_t (*sync)(struct linux_file *file, bool data_only);
    int64_t (*set_flags)(struct linux_file *file, uint32_t flags); // O_APPEND, O_NONBLOCK ... are about to be these
    // => poll's bits now, of `events` and POLLERR, POLLHUP. With `listen` the calling thread is woken when that may
    // have changed. NULL: POLLIN and POLLOUT, always
    uint32_t (*ready)(struct linux_file *file, uint32_t events, bool listen);
    // Pages of it for the program's memory; terms: what was asked for, perhaps less afterwards. A backing without a
    // kind: anonymous memory. => 0, or a negative error
    int64_t (*map)(struct linux_file *file, uint64_t offset, uint64_t pages, uint64_t va, struct linux_terms *terms,
                   struct linux_backing *backing);
    void (*last)(struct linux_file *file); // nobody in this process has it any more
};

// An open file description, as this process has it; a fork copies it with the memory.
struct linux_file {
    const struct linux_file_kind *kind; // NULL: unused
    uint32_t uses;                      // descriptors
    uint32_t holds;                     // threads that are at it
    uint32_t flags;                     // O_...
    uint32_t number;                    // what its kind calls it
    uint64_t position, word;            // its kind's
    struct linux_file *next;            // unused ones
    struct linux_made made;             // of those that are made
    uint32_t long_path;                 // where it stands, if it is long; 0: it is not
    char path[LINUX_FILE_PATH];         // by which it was opened; empty: by none
};

extern uint64_t linux_file_limit; // of descriptors: RLIMIT_NOFILE

// The first process has the console as 0, 1 and 2.
void linux_file_start(void);
// A fork: before it, then in either process. In the child nothing is held.
void linux_file_before_fork(void);
void linux_file_after_fork(void);
void linux_file_forked(void);
// vfork: the thread that plays a child is about to have a table of its own, like the process's, or has it no more; in
// the forked child that is the process's. One at a time.
void linux_file_play(void);
void linux_file_play_ends(void);
void linux_file_played(void);
// Another program begins: those with O_CLOEXEC are closed.
void linux_file_exec(void);

// A new one, which nobody has yet: install it, or drop it. => NULL: ENFILE
struct linux_file *linux_file_make(const struct linux_file_kind *kind, uint32_t flags, uint32_t number);
void linux_file_drop(struct linux_file *file);
// The path that it was opened by. => the text, perhaps ""
void linux_file_name(struct linux_file *file, const char *path);
const char *linux_file_path(const struct linux_file *file);

// The lowest free descriptor from `least` on; of `flags` only O_CLOEXEC counts. => it, or -EMFILE: and the file is
// dropped
int64_t linux_file_install_from(struct linux_file *file, uint32_t flags, uint64_t least);
int64_t linux_file_install(struct linux_file *file, uint32_t flags);

// => NULL: EBADF. linux_file_put() afterwards. The first does not find those that were opened by O_PATH.
struct linux_file *linux_file_get(uint64_t descriptor);
struct linux_file *linux_file_get_any(uint64_t descriptor);
void linux_file_put(struct linux_file *file);
// One more thread is at it. => false: nobody has it any more
bool linux_file_hold(struct linux_file *file);
// => false: EBADF
bool linux_file_close(uint64_t descriptor);
// The working directory. => NULL: the root; else linux_file_put() afterwards
struct linux_file *linux_file_folder_get(void);
void linux_file_folder_set(struct linux_file *file);
// Closes (or, with `only_mark`, marks with O_CLOEXEC) first to last.
void linux_file_close_range(uint64_t first, uint64_t last, bool only_mark);
// `descriptor` stands for this file from now on; what it stood for is closed.
int64_t linux_file_place(struct linux_file *file, uint64_t descriptor, uint32_t flags);
// => the next descriptor from `descriptor` on that is open; LINUX_DESCRIPTORS: none
uint64_t linux_file_next(uint64_t descriptor);
// => O_CLOEXEC or 0; -EBADF
int64_t linux_file_marks(uint64_t descriptor);
int64_t linux_file_mark(uint64_t descriptor, bool closes);

static inline bool file_may_read(const struct linux_file *file) {
    return (file->flags & O_ACCMODE) == O_RDONLY || (file->flags & O_ACCMODE) == O_RDWR;
}
static inline bool file_may_write(const struct linux_file *file) {
    return (file->flags & O_ACCMODE) == O_WRONLY || (file->flags & O_ACCMODE) == O_RDWR;
}

// Of the file server; linux_folder: a directory of its. Of those that are made: texts, folders.
extern const struct linux_file_kind linux_console, linux_regular, linux_folder, linux_text, linux_made_folder;
