// SPDX-License-Identifier: MIT
// Small objects: frames on a space's account, cut into pieces. The first piece of a frame keeps its list of free ones.
#include "space.h"
#include "string.h"

struct piece {
    struct piece *next;
};

struct pool_frame {
    struct link link; // in the space's pool, while a piece is free
    struct piece *free;
    struct space *space;
};

enum {
    PIECES = PAGE_SIZE / POOL_OBJECT - 1,
};

_Static_assert(sizeof(struct pool_frame) <= POOL_OBJECT, "the frame's head is its first piece");

static struct pool_frame *grow(struct space *space) {
    struct frame *frame = space_frame(space, FRAME_POOL);
    if (frame == NULL) return NULL;
    frame->references = 0; // pieces in use
    struct pool_frame *head = direct(frame_pa(frame));
    head->free = NULL;
    head->space = space;
    for (unsigned i = PIECES; i > 0; i--) {
        struct piece *piece = (struct piece *)((char *)head + i * POOL_OBJECT);
        piece->next = head->free;
        head->free = piece;
    }
    list_add_first(&space->pool, &head->link);
    return head;
}

void *pool_take(struct space *space) {
    struct pool_frame *head =
        list_empty(&space->pool) ? grow(space) : container_of(space->pool.next, struct pool_frame, link);
    if (head == NULL) return NULL;
    struct piece *piece = head->free;
    head->free = piece->next;
    frame_at(pa_of(head))->references++;
    if (head->free == NULL) list_remove(&head->link);
    return memset(piece, 0, POOL_OBJECT);
}

void pool_give(void *object) {
    struct pool_frame *head = (struct pool_frame *)align_down((uint64_t)object, PAGE_SIZE);
    struct frame *frame = frame_at(pa_of(head));
    struct piece *piece = object;
    if (head->free == NULL) list_add_first(&head->space->pool, &head->link);
    piece->next = head->free;
    head->free = piece;
    if (--frame->references == 0) {
        list_remove(&head->link);
        space_frame_free(frame);
    }
}
