// SPDX-License-Identifier: MIT
// System calls of objects and their handles.
#include "port.h"
#include "schedule.h"
#include "string.h"
#include "system_calls.h"
#include "thread.h"

// The space under a handle that may be changed by it; HANDLE_SELF: the caller's own.
static struct space *find_space(uint64_t handle, uint64_t *why) {
    struct space *mine = thread_current()->space;
    return handle == HANDLE_SELF ? mine : handle_object(mine, handle, OBJECT_SPACE, HANDLE_CONTROL, why);
}

static struct thread *find_thread(uint64_t handle, uint64_t *why) {
    struct thread *current = thread_current();
    if (handle == HANDLE_SELF) return current;
    struct object *object = handle_object(current->space, handle, OBJECT_THREAD, HANDLE_CONTROL, why);
    return object == NULL ? NULL : container_of(object, struct thread, object);
}

static sys_result enter(struct object *object, uint32_t rights) {
    uint64_t index = 0;
    struct handle handle = {.object = object, .rights = rights};
    uint64_t status = handle_add(thread_current()->space, 0, &handle, &index);
    return result(status, status == STATUS_OK ? index : 0);
}

sys_result sys_space_create(uint64_t quota, uint64_t rank) {
    struct space *mine = thread_current()->space;
    if (rank > RANK_MOST) return result(MISUSED, 0);
    if (rank < mine->rank) return result(STATUS_DENIED, 0);
    struct space *space = space_create(mine, quota, (unsigned)rank);
    if (space == NULL) return result(STATUS_NO_MEMORY, 0);
    sys_result entered = enter(&space->object, HANDLE_CONTROL | HANDLE_MINT | HANDLE_PASS);
    while (status_of(entered) != STATUS_OK && !space_destroy(space))
        ; // it is empty: two steps
    return entered;
}

static sys_result set_port(struct port **place, uint64_t handle, uint32_t right) {
    uint64_t why = STATUS_OK;
    struct port *port = NULL;
    if (handle != 0) {
        port = handle_object(thread_current()->space, handle, OBJECT_PORT, right, &why);
        if (port == NULL) return result(why, 0);
    }
    port_keep(port);
    port_drop(*place);
    *place = port;
    return result(STATUS_OK, 0);
}

// A space's quota is part of what its parent has used.
static sys_result give_quota(struct space *parent, struct space *child, uint64_t frames) {
    if (!space_can_pay(parent, frames)) return result(STATUS_NO_MEMORY, 0);
    parent->used += frames;
    child->quota += frames;
    return result(STATUS_OK, 0);
}

static sys_result take_quota(struct space *parent, struct space *child, uint64_t frames) {
    if (!space_can_pay(child, frames)) return result(STATUS_NO_MEMORY, 0);
    child->quota -= frames;
    parent->used -= frames;
    return result(STATUS_OK, 0);
}

static sys_result set_exception_port(struct space *space, uint64_t handle) {
    const struct handle *named = handle_find(thread_current()->space, handle);
    uint64_t badge = named == NULL ? 0 : named->badge;
    sys_result set = set_port(&space->exception_port, handle, HANDLE_SEND);
    if (status_of(set) == STATUS_OK) space->exception_badge = badge;
    return set;
}

static sys_result set_keeper(struct space *space, uint64_t handle, uint64_t bits) {
    sys_result set = set_port(&space->keeper, handle, HANDLE_NOTIFY);
    if (status_of(set) == STATUS_OK) space->keeper_bits = bits;
    return set;
}

sys_result sys_space_control(uint64_t handle, uint64_t what, uint64_t value, uint64_t more) {
    uint64_t why;
    struct space *mine = thread_current()->space, *space = find_space(handle, &why);
    if (space == NULL) return result(why, 0);
    switch (what) {
    case SPACE_QUOTA_GIVE:
    case SPACE_QUOTA_TAKE:
        if (space->parent != mine) return result(STATUS_DENIED, 0);
        return what == SPACE_QUOTA_GIVE ? give_quota(mine, space, value) : take_quota(mine, space, value);
    case SPACE_EXCEPTION_PORT:
        return set_exception_port(space, value);
    case SPACE_KEEPER:
        return set_keeper(space, value, more);
    case SPACE_ID:
        return result(STATUS_OK, space->id);
    case SPACE_COUNTERS:
        space->counters.quota = space->quota;
        space->counters.used = space->used;
        space->counters.switches = space->switches;
        memcpy(thread_current()->message_page, &space->counters, sizeof space->counters);
        return result(STATUS_OK, 0);
    default:
        return result(MISUSED, 0);
    }
}

sys_result sys_thread_create(uint64_t handle, uint64_t entry, uint64_t stack, uint64_t argument, uint64_t priority) {
    uint64_t why;
    struct space *space = find_space(handle, &why);
    if (space == NULL) return result(why, 0);
    if (priority >= PRIORITIES) return result(MISUSED, 0);
    if (priority > thread_current()->priority) return result(STATUS_DENIED, 0);
    struct thread *thread = thread_create(space, entry, stack, argument, (unsigned)priority);
    if (thread == NULL) return result(STATUS_NO_MEMORY, 0);
    sys_result entered = enter(&thread->object, HANDLE_CONTROL | HANDLE_MINT | HANDLE_PASS);
    if (status_of(entered) != STATUS_OK) thread_end(thread);
    return entered;
}

static sys_result registers(struct thread *thread, bool set) {
    if (thread->state != THREAD_STOPPED) return result(STATUS_DENIED, 0);
    void *page = thread_current()->message_page;
    if (set)
        memcpy(thread->registers, page, sizeof *thread->registers);
    else
        memcpy(page, thread->registers, sizeof *thread->registers);
    return result(STATUS_OK, 0);
}

static sys_result ended(bool done) {
    if (thread_current() == &thread_gone && hart_here()->next == NULL) schedule_next(); // it ended itself
    schedule_preempt();
    return result(done ? STATUS_OK : STATUS_MORE, 0);
}

// A thread of the space has stopped; or it has yet to, on another hart.
static sys_result stopped(struct space *space, bool done) {
    if (done) space_tell_keeper(space);
    return ended(done);
}

sys_result sys_thread_control(uint64_t handle, uint64_t what, uint64_t value) {
    uint64_t why;
    struct thread *current = thread_current(), *thread = find_thread(handle, &why);
    if (thread == NULL) return result(why, 0);
    switch (what) {
    case THREAD_START:
        if (thread->state != THREAD_STOPPED) return result(STATUS_DENIED, 0);
        schedule_ready(thread);
        schedule_preempt();
        return result(STATUS_OK, 0);
    case THREAD_STOP:
        return stopped(thread->space, thread_stop(thread));
    case THREAD_PRIORITY:
        if (value >= PRIORITIES) return result(MISUSED, 0);
        if (value > current->priority) return result(STATUS_DENIED, 0);
        schedule_priority(thread, (unsigned)value);
        schedule_preempt();
        return result(STATUS_OK, 0);
    case THREAD_GET_REGISTERS:
    case THREAD_SET_REGISTERS:
        return registers(thread, what == THREAD_SET_REGISTERS);
    case THREAD_MESSAGE_PAGE:
        return result(thread == current ? thread_show_message_page(thread, value) : STATUS_DENIED, 0);
    default:
        return result(MISUSED, 0);
    }
}

sys_result sys_port_create(void) {
    struct port *port = port_create(thread_current()->space);
    if (port == NULL) return result(STATUS_NO_MEMORY, 0);
    sys_result entered =
        enter(&port->object, HANDLE_SEND | HANDLE_NOTIFY | HANDLE_RECEIVE | HANDLE_CONTROL | HANDLE_MINT | HANDLE_PASS);
    if (status_of(entered) != STATUS_OK) port_settle(port);
    return entered;
}

sys_result sys_mint(uint64_t index, uint64_t rights, uint64_t badge) {
    struct handle *handle = handle_find(thread_current()->space, index);
    if (handle == NULL) return result(MISUSED, 0);
    // A badge is chosen once: a copy of a badged handle keeps it.
    bool may = (handle->rights & HANDLE_MINT) != 0 && (rights & ~(uint64_t)handle->rights) == 0 &&
               (rights & HANDLE_RECEIVE) == 0;
    if (!may || (handle->badge != 0 && handle->badge != badge)) return result(STATUS_DENIED, 0);
    struct handle copy = {.object = handle->object, .badge = badge, .rights = (uint32_t)rights};
    uint64_t place = 0, status = handle_add(thread_current()->space, 0, &copy, &place);
    return result(status, place);
}

sys_result sys_give(uint64_t space_handle, uint64_t index, uint64_t slot) {
    uint64_t why = STATUS_OK, place = 0;
    struct space *mine = thread_current()->space, *space = find_space(space_handle, &why);
    if (space == NULL) return result(why, 0);
    if (slot >= HANDLE_MOST || (slot != 0 && slot < HANDLE_MACHINE)) return result(MISUSED, 0);
    uint64_t status = handle_pass(mine, space, index, slot, &place);
    return result(status, place);
}

sys_result sys_close(uint64_t index) {
    struct space *mine = thread_current()->space;
    struct handle *handle = handle_find(mine, index);
    if (handle == NULL) return result(MISUSED, 0);
    handle_close(mine, handle);
    return result(STATUS_OK, 0);
}

sys_result sys_destroy(uint64_t index) {
    struct thread *current = thread_current();
    struct handle *handle = handle_find(current->space, index);
    if (index == HANDLE_SELF) return stopped(current->space, thread_end(current));
    if (handle == NULL || handle->object->kind == OBJECT_MACHINE) return result(MISUSED, 0);
    if ((handle->rights & HANDLE_CONTROL) == 0) return result(STATUS_DENIED, 0);
    struct object *object = handle->object;
    if (object->dead && object->kind != OBJECT_PORT) return result(STATUS_OK, 0);
    if (object->kind == OBJECT_THREAD) {
        struct thread *thread = container_of(object, struct thread, object);
        return stopped(thread->space, thread_end(thread));
    }
    if (object->kind == OBJECT_SPACE) return ended(space_destroy(container_of(object, struct space, object)));
    struct port *port = container_of(object, struct port, object);
    return result(port->holder == NULL || port_destroy(port) ? STATUS_OK : STATUS_MORE, 0);
}
