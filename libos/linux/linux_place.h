// SPDX-License-Identifier: MIT
// Where a path leads: to the file server, or to what the personality makes.
#pragma once

#include <os/files.h>

#include "linux_file.h"
#include "linux_made.h"

enum { PLACE_PATH = 4096, PLACE_MADE = 1 };

// In place of a descriptor: the working directory.
#define AT_FDCWD UINT64_C(0xffffff9c) // in 32 bits

#define PLACE_FOLLOW     1u // a link of ours at the end, too
#define PLACE_EMPTY      2u // the path may be empty
#define PLACE_NO_MISSING 4u // of ours: not even the last name may be missing

struct linux_place {
    uint64_t directory;      // of the file server
    struct linux_file *base; // that is it; held
    bool is_made, is_empty;  // is_empty: it is `base` itself; NULL: the root
    bool is_there;           // of ours
    uint32_t how;
    struct linux_made made;
    char path[PLACE_PATH]; // the file server's; of ours: absolute, with neither . nor ..
};

// `path` is the program's. place_end() afterwards, whatever the answer. => 0, or a negative error
int64_t place_find(struct linux_place *place, uint64_t folder, uint64_t path, uint32_t how);
// The same for a path of the personality's.
int64_t place_find_text(struct linux_place *place, const char *path, uint32_t how);
void place_end(struct linux_place *place);

// Asks the file server, perhaps again, when it says that the path is ours. => PLACE_MADE: it is
typedef enum file_error place_work(struct linux_place *place, void *context);
int64_t place_ask(struct linux_place *place, place_work *work, void *context);

// => PLACE_MADE never
int64_t place_stat(struct linux_place *place, bool follow, struct linux_stat *stat);

// An absolute path without . and .. and needless slashes. => whether it must be a directory
bool place_plain(char *path);

int64_t linux_file_error(enum file_error error);

// A session with the file server. => false: there is none
bool place_session(void);
// Has it a disk, with names?
bool place_disk(void);

// The tree of what is made: its root has dev, proc, boot.
extern const struct linux_made_kind made_root, made_devices, made_boot, made_processes, made_shared;
// => 0, or an error; *node: what an absolute path without . and .. leads to
int64_t made_open(const struct linux_made *node, const char *path, uint32_t flags, struct linux_file **file);
void made_stat(const struct linux_made *node, struct linux_stat *stat);
