// SPDX-License-Identifier: MIT
// Between program.c, parts.c and fork.c.
#pragma once

#include <os/parts.h>

// served: an object for each part, those of wired parts without pages
void os_parts_start(const struct os_object *served);

// What a fork copies.
struct os_heirloom {
    struct os_object *object;
    char name[OS_NAME]; // of its pager, or kind
};

extern struct os_heirloom os_heirlooms[];
extern unsigned os_heirloom_count;
