// SPDX-License-Identifier: MIT
// From a path to an inode.
#pragma once

#include "storage.h"

#include <os/file_protocol.h>

struct path {
    char work[FILE_PATH_MOST]; // what is left of it, links followed
    const char *rest;          // ELSEWHERE: from the name on that is
    uint32_t directory;        // that has, or may have, its last name
    uint32_t inode;            // 0: there is none of that name
    uint16_t mode;             // of the inode
    bool slash;                // behind the last name: it must be a directory
    struct ext2_name name;     // the last one; of length 0: the path is the directory itself
};

#define PATH_FOLLOW 1u // a symbolic link at the end, too
#define PATH_NAME   2u // only the last name counts: with slashes behind it, it may be anything, and is not followed
#define PATH_FILE   4u // no slash may be behind the last name: IS_DIRECTORY

// By a task, with the storage locked. elsewhere: names of the root directory, one after
// the other, then "": whoever comes by one of them is told ELSEWHERE.
// => OK; NOT_FOUND with path->directory not 0: only the last name is missing
enum file_error path_find(struct path *path, uint32_t start, const char *text, const char *elsewhere, unsigned how);
