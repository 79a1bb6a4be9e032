// SPDX-License-Identifier: MIT
// Handles: a space's own small integers for objects, with rights and a badge.
#include "handle.h"

#include "decode.h"
#include "port.h"
#include "string.h"

_Static_assert(sizeof(struct handle) * HANDLES_PER_PAGE <= PAGE_SIZE, "a page of the table is one frame");

void *handle_object(struct space *space, uint64_t index, enum object_kind kind, uint32_t rights, uint64_t *why) {
    struct handle *handle = handle_find(space, index);
    if (handle == NULL || handle->object->kind != kind) {
        *why = MISUSED;
        return NULL;
    }
    if ((handle->rights & rights) != rights) {
        *why = STATUS_DENIED;
        return NULL;
    }
    bool dying = kind == OBJECT_SPACE && container_of(handle->object, struct space, object)->dying;
    if (handle->object->dead || dying) {
        *why = STATUS_GONE;
        return NULL;
    }
    return handle->object;
}

// Make the part of the table that holds `index`.
static bool make_page(struct space *space, uint64_t index) {
    struct handle **page = &space->handles[index / HANDLES_PER_PAGE];
    if (*page != NULL) return true;
    struct frame *frame = space_frame(space, FRAME_HANDLES);
    if (frame == NULL) return false;
    *page = memset(direct(frame_pa(frame)), 0, PAGE_SIZE);
    return true;
}

static uint64_t find_free(const struct space *space) {
    uint64_t index = space->handle_hint;
    while (index < HANDLE_MOST && space->handles[index / HANDLES_PER_PAGE] != NULL &&
           space->handles[index / HANDLES_PER_PAGE][index % HANDLES_PER_PAGE].object != NULL)
        index++;
    return index;
}

uint64_t handle_add(struct space *space, uint64_t place, const struct handle *handle, uint64_t *index) {
    *index = place != 0 ? place : find_free(space);
    if (*index >= HANDLE_MOST) return STATUS_FULL;
    if (!make_page(space, *index)) return STATUS_NO_MEMORY;
    struct handle *entry = &space->handles[*index / HANDLES_PER_PAGE][*index % HANDLES_PER_PAGE];
    if (entry->object != NULL) return STATUS_TAKEN;
    *entry = *handle;
    bool is_port = handle->object->kind == OBJECT_PORT;
    entry->callable = is_port && (handle->rights & HANDLE_SEND) != 0;
    entry->receivable = is_port && (handle->rights & HANDLE_RECEIVE) != 0;
    object_keep(handle->object);
    if (place == 0) space->handle_hint = (uint32_t)*index + 1;
    return STATUS_OK;
}

uint64_t handle_may_pass(struct space *from, uint64_t index) {
    const struct handle *handle = handle_find(from, index);
    if (handle == NULL) return MISUSED;
    return (handle->rights & HANDLE_PASS) != 0 ? STATUS_OK : STATUS_DENIED;
}

uint64_t handle_pass(struct space *from, struct space *to, uint64_t index, uint64_t place, uint64_t *passed) {
    uint64_t may = handle_may_pass(from, index);
    if (may != STATUS_OK) return may;
    struct handle *handle = handle_find(from, index);
    struct handle copy = *handle;
    struct port *port = (struct port *)copy.object;
    bool moves = copy.object->kind == OBJECT_PORT && (copy.rights & HANDLE_RECEIVE) != 0;
    if (moves && (port->holder != from || to->rank > from->rank || (from != to && !list_empty(&port->receivers))))
        return STATUS_DENIED; // those who point to it may rely on its rank
    uint64_t status = handle_add(to, place, &copy, passed);
    if (status == STATUS_OK && moves) {
        handle->rights &= ~HANDLE_RECEIVE;
        handle->receivable = false;
        port_move(port, to);
    }
    return status;
}

void handle_close(struct space *space, struct handle *handle) {
    struct object *object = handle->object;
    bool received = handle->receivable;
    handle->object = NULL;
    for (unsigned page = 0; page < HANDLE_PAGES; page++) {
        if (space->handles[page] == NULL || handle < space->handles[page] ||
            handle >= space->handles[page] + HANDLES_PER_PAGE)
            continue;
        uint32_t index = page * HANDLES_PER_PAGE + (uint32_t)(handle - space->handles[page]);
        if (index >= HANDLE_FIRST_FREE && index < space->handle_hint) space->handle_hint = index;
    }
    if (received && !object->dead) port_abandon(container_of(object, struct port, object));
    object_drop(object);
}

bool handle_close_some(struct space *space) {
    for (unsigned page = 0; page < HANDLE_PAGES; page++) {
        struct handle *table = space->handles[page];
        if (table == NULL) continue;
        for (unsigned i = 0; i < HANDLES_PER_PAGE; i++) {
            if (table[i].object != NULL) handle_close(space, &table[i]);
        }
        space->handles[page] = NULL;
        space_frame_free(frame_at(pa_of(table)));
        return false;
    }
    return true;
}
