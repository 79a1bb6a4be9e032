// SPDX-License-Identifier: MIT
// Handles: a space's own small integers for objects, with rights and a badge.
#include "handle.h"

#include "port.h"

_Static_assert(sizeof(struct handle) * HANDLES_PER_PAGE <= PAGE_SIZE, "a page of the table is one frame");

void *handle_object(struct space *space, uint64_t index, enum object_kind kind, uint32_t rights, uint64_t *why) {
    const struct handle *handle = handle_find(space, index);
    *why = STATUS_OK;
    if (index == HANDLE_SELF && kind == OBJECT_SPACE) return space;
    if (index == HANDLE_SELF && kind == OBJECT_THREAD) return thread_current();
    *why = handle == NULL || handle->object->kind != kind ? MISUSED
           : (handle->rights & rights) != rights          ? STATUS_DENIED
           : handle->object->dead                         ? STATUS_GONE
                                                          : STATUS_OK;
    return *why != STATUS_OK       ? NULL
           : kind == OBJECT_THREAD ? (void *)container_of(handle->object, struct thread, object)
                                   : handle->object;
}

uint64_t handle_add(struct space *space, uint64_t place, const struct handle *handle, uint64_t *index) {
    uint64_t at = place != 0 ? place : space->handle_hint;
    while (place == 0 && handle_find(space, at) != NULL) at++;
    if (at >= HANDLE_MOST) return STATUS_FULL;
    struct handle **page = &space->handles[at / HANDLES_PER_PAGE];
    if (*page == NULL) *page = space_page(space, FRAME_HANDLES);
    if (*page == NULL) return STATUS_NO_MEMORY;
    struct handle *entry = &(*page)[at % HANDLES_PER_PAGE];
    if (entry->object != NULL) return STATUS_TAKEN;
    bool is_port = handle->object->kind == OBJECT_PORT;
    *entry = *handle;
    entry->callable = is_port && (handle->rights & HANDLE_SEND) != 0;
    entry->receivable = is_port && (handle->rights & HANDLE_RECEIVE) != 0;
    object_keep(handle->object);
    if (place == 0) space->handle_hint = (uint32_t)at + 1;
    *index = at;
    return STATUS_OK;
}

uint64_t handle_may_pass(struct space *from, uint64_t index) {
    const struct handle *handle = handle_find(from, index);
    if (index != HANDLE_SELF && handle == NULL) return MISUSED;
    return index == HANDLE_SELF || (handle->rights & HANDLE_PASS) != 0 ? STATUS_OK : STATUS_DENIED;
}

uint64_t handle_pass(struct space *from, struct space *to, uint64_t index, uint64_t place, uint64_t *passed) {
    uint64_t status = handle_may_pass(from, index);
    if (status != STATUS_OK) return status;
    struct handle own = {.object = &from->object, .rights = HANDLE_LEND}; // who passes itself on lends its pages
    struct handle *handle = index == HANDLE_SELF ? &own : handle_find(from, index), copy = *handle;
    struct port *port = (struct port *)copy.object;
    bool moves = copy.object->kind == OBJECT_PORT && (copy.rights & HANDLE_RECEIVE) != 0;
    if (moves && (port->holder != from || to->rank > from->rank || (from != to && !list_empty(&port->receivers))))
        return STATUS_DENIED; // those who point to it may rely on its rank
    status = handle_add(to, place, &copy, passed);
    if (status == STATUS_OK && moves) {
        handle->rights &= ~HANDLE_RECEIVE;
        handle->receivable = false;
        port_move(port, to);
    }
    return status;
}

void handle_close(struct space *space, uint64_t index) {
    struct handle *handle = handle_find(space, index);
    struct object *object = handle->object;
    bool received = handle->receivable;
    *handle = (struct handle){0};
    if (index >= HANDLE_FIRST_FREE && index < space->handle_hint) space->handle_hint = (uint32_t)index;
    if (received) port_destroy(container_of(object, struct port, object));
    object_drop(object);
}

bool handle_close_some(struct space *space) {
    for (unsigned page = 0; page < HANDLE_PAGES; page++) {
        struct handle *table = space->handles[page];
        if (table == NULL) continue;
        for (unsigned i = 0; i < HANDLES_PER_PAGE; i++) {
            if (table[i].object != NULL) handle_close(space, page * HANDLES_PER_PAGE + i);
        }
        space_page_free(table);
        space->handles[page] = NULL;
        return false;
    }
    return true;
}
