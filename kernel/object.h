// SPDX-License-Identifier: MIT
// What handles name: spaces, threads, ports, the machine. An object lives while a handle or a user of it does.
#pragma once

#include "list.h"
#include "types.h"

enum object_kind { OBJECT_SPACE, OBJECT_THREAD, OBJECT_PORT, OBJECT_MACHINE };

struct object {
    uint32_t references;
    uint8_t kind;
    bool dead;          // its destruction has begun; what is left is there because it is named, or until it is complete
    struct link doomed; // in the list of those whose destruction is not complete
};

static inline void object_init(struct object *object, enum object_kind kind) {
    object->kind = (uint8_t)kind;
    link_init(&object->doomed);
}

static inline void object_keep(struct object *object) { object->references++; }

// => frees the object with its last reference, when it is dead
void object_drop(struct object *object);
// Do a bounded part of its destruction. => true when all of it is done; what does not return may still be named
bool object_destroy(struct object *object);
// It is dead from now on, and is destroyed in time if nobody asks for it.
void object_doom(struct object *object);
// Go on with destructions that nobody waits for. => false when there are none
bool object_destroy_some(void);
