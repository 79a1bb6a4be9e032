// SPDX-License-Identifier: MIT
// The end of objects that nobody names any more.
#include "object.h"

#include "port.h"
#include "space.h"
#include "thread.h"

void object_drop(struct object *object) {
    if (--object->references != 0) return;
    switch ((enum object_kind)object->kind) {
    case OBJECT_PORT:
        port_settle(container_of(object, struct port, object));
        break;
    case OBJECT_THREAD:
        if (object->dead) space_frame_free(frame_at(pa_of(container_of(object, struct thread, object))));
        break;
    case OBJECT_SPACE:
        if (object->dead)
            space_settle(container_of(object, struct space, object));
        else
            space_doom(container_of(object, struct space, object));
        break;
    case OBJECT_NONE:
    case OBJECT_MACHINE:
        break;
    }
}
