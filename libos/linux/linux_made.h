// SPDX-License-Identifier: MIT
// What is not on the disk but made by the personality: /dev, /proc, /boot. A tree of nodes, which are found by name
// when they are wanted; a text is made when it is read.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct linux_file;
struct linux_stat;
struct linux_made;

enum { MADE_NAME = 256 }; // with its 0

// Takes a text piece by piece; what was read before is left out, what does not fit is, too.
struct linux_sink {
    uint64_t skip, left;  // bytes
    uint64_t to, done;    // the program's address; or
    char *text;           // not NULL: ours
    bool is_full, is_bad; // the program's memory is not there
};
void sink_bytes(struct linux_sink *sink, const char *bytes, uint64_t size);
// As format_to() does it; up to 511 bytes at a time.
__attribute__((format(printf, 2, 3))) void sink_print(struct linux_sink *sink, const char *text, ...);

// What a node can; NULL: not that.
struct linux_made_kind {
    void (*text)(const struct linux_made *node, struct linux_sink *sink); // of a regular file, or where a link leads
    bool (*find)(const struct linux_made *folder, const char *name, struct linux_made *node); // => false: ENOENT
    // The names in a folder, but . and .., one after the other from 0 on. => false: no more
    bool (*entry)(const struct linux_made *folder, uint64_t index, char name[MADE_NAME], struct linux_made *node);
    int64_t (*stat)(const struct linux_made *node, struct linux_stat *stat); // of what a link stands for
    int64_t (*make)(const struct linux_made *folder, const char *name, uint32_t flags, uint32_t mode,
                    struct linux_file **file);        // a file that is not there; => 0, or a negative error
    int64_t (*remove)(const struct linux_made *node); // => 0, or a negative error
    // => an open file, as linux_file_make() makes it, or one that others have too, and held; or NULL and a negative
    // error. NULL here: it is a folder or a text. A link that can be opened is not followed
    struct linux_file *(*open)(const struct linux_made *node, uint32_t flags, int64_t *error);
    int64_t (*write)(const struct linux_made *node, const char *text,
                     uint64_t size); // of a text. => bytes, or an error
};

struct linux_made {
    const struct linux_made_kind *kind;
    uint64_t inode, size, word; // `word` is its kind's, e.g. the number of a process
    uint32_t mode;              // with its type
    uint32_t special;           // of a device
};

#define MADE_TYPE      0170000u
#define MADE_FOLDER    0040000u
#define MADE_REGULAR   0100000u
#define MADE_LINK      0120000u
#define MADE_CHARACTER 0020000u
