// SPDX-License-Identifier: MIT
// What handles name: spaces, threads, ports, the machine. An object lives while a handle or a user of it does.
#pragma once

#include "types.h"

struct space;

enum object_kind {
    OBJECT_SPACE,
    OBJECT_THREAD,
    OBJECT_PORT,
    OBJECT_MACHINE,
};

struct object {
    uint32_t references;
    uint8_t kind;
    bool dead; // its destruction has begun; what is left is there because it is still named, or not told to all
};

static inline void object_keep(struct object *object) { object->references++; }

// => frees the object with its last reference, when it is dead
void object_drop(struct object *object);
// Do a bounded part of its destruction. => true when all of it is done; what does not return may still be named
bool object_destroy(struct object *object);

// Small objects are pieces of POOL_OBJECT bytes, zeroed, on the account of a space.
enum {
    POOL_OBJECT = 192,
};
void *pool_take(struct space *space);
void pool_give(void *object);
