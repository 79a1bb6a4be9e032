// SPDX-License-Identifier: MIT
// Objects: their end, and the frames that small ones are pieces of. The first piece of a frame lists the free ones.
#include "object.h"

#include "port.h"
#include "string.h"
#include "thread.h"

static struct link doomed = {&doomed, &doomed};

void object_drop(struct object *object) {
    if (--object->references != 0) return;
    if (object->kind == OBJECT_PORT) port_settle(container_of(object, struct port, object));
    if (object->kind == OBJECT_THREAD && object->dead) space_page_free(container_of(object, struct thread, object));
    if (object->kind == OBJECT_SPACE) {
        object_doom(object);
        space_settle(container_of(object, struct space, object));
    }
}

bool object_destroy(struct object *object) {
    if (object->kind == OBJECT_PORT) return port_destroy(container_of(object, struct port, object));
    if (object->kind == OBJECT_THREAD) return thread_end(container_of(object, struct thread, object));
    return space_destroy(container_of(object, struct space, object));
}

void object_doom(struct object *object) {
    if (!object->dead) list_add_last(&doomed, &object->doomed);
    object->dead = true;
}

bool object_destroy_some(void) {
    if (list_empty(&doomed)) return false;
    struct link *first = doomed.next; // then the last, so that none that waits for a hart holds up the rest
    list_take(first);
    list_add_last(&doomed, first);
    object_destroy(container_of(first, struct object, doomed));
    return true;
}

struct pool_frame {
    struct link link, free; // in the space's pool, while a piece is free; such pieces
    struct space *space;
};

_Static_assert(sizeof(struct pool_frame) <= POOL_OBJECT, "the frame's head is its first piece");

static struct pool_frame *grow(struct space *space) {
    struct pool_frame *head = space_page(space, FRAME_POOL);
    if (head == NULL) return NULL;
    head->space = space;
    link_init(&head->free);
    for (unsigned at = POOL_OBJECT; at + POOL_OBJECT <= PAGE_SIZE; at += POOL_OBJECT)
        list_add_last(&head->free, (struct link *)((char *)head + at));
    list_add_first(&space->pool, &head->link);
    return head;
}

void *pool_take(struct space *space) {
    struct pool_frame *head =
        list_empty(&space->pool) ? grow(space) : container_of(space->pool.next, struct pool_frame, link);
    if (head == NULL) return NULL;
    struct link *piece = head->free.next;
    list_take(piece);
    if (list_empty(&head->free)) list_remove(&head->link);
    frame_at(pa_of(head))->references++; // pieces in use
    return memset(piece, 0, POOL_OBJECT);
}

void pool_give(void *object) {
    struct pool_frame *head = (struct pool_frame *)align_down((uint64_t)object, PAGE_SIZE);
    if (list_empty(&head->free)) list_add_first(&head->space->pool, &head->link);
    list_add_first(&head->free, object);
    if (--frame_at(pa_of(head))->references != 0) return;
    list_remove(&head->link);
    space_page_free(head);
}
