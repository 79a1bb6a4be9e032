// SPDX-License-Identifier: MIT
// What handles name: spaces, threads, ports, the machine. An object lives while a handle or a user of it does.
#pragma once

#include "types.h"

enum object_kind {
    OBJECT_NONE,
    OBJECT_SPACE,
    OBJECT_THREAD,
    OBJECT_PORT,
    OBJECT_MACHINE,
};

struct object {
    uint32_t references;
    uint8_t kind;
    bool dead; // destroyed, and kept only because it is still named
};

static inline void object_keep(struct object *object) { object->references++; }

// => frees the object with its last reference, when it is dead
void object_drop(struct object *object);
