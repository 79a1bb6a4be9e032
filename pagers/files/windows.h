// SPDX-License-Identifier: MIT
// Where the file server's memory is in its own space: parts of what the framework leaves to kinds, with memory where it
// is used.
#pragma once

#include <os/pager.h>

#define WINDOW_PAGES        PAGER_WINDOWS // of the cache, by chunks
#define WINDOW_CHUNKS       (PAGER_WINDOWS + 0x1000000000ul)
#define WINDOW_NODES        (PAGER_WINDOWS + 0x1010000000ul)
#define WINDOW_MAPPINGS     (PAGER_WINDOWS + 0x1020000000ul)
#define WINDOW_OPENED       (PAGER_WINDOWS + 0x1030000000ul)
#define WINDOW_TASKS        (PAGER_WINDOWS + 0x1040000000ul)
#define WINDOW_MEMORY_FILES (PAGER_WINDOWS + 0x1048000000ul)
#define WINDOW_METADATA     (PAGER_WINDOWS + 0x1050000000ul) // of the file system

// Memory from `*end` up to `wanted`. => false: there is none
bool window_grow(uint64_t *end, uint64_t wanted);
