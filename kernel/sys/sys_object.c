// SPDX-License-Identifier: MIT
// System calls of objects and their handles.
#include "port.h"
#include "schedule.h"
#include "string.h"
#include "system_calls.h"

static struct space *mine(void) { return thread_current()->space; }

// An object just made, or NULL, under a handle of the caller's.
static sys_result enter(struct object *object, uint32_t rights) {
    uint64_t index = 0;
    struct handle handle = {.object = object, .rights = rights | HANDLE_CONTROL | HANDLE_MINT | HANDLE_PASS};
    if (object == NULL) return result(STATUS_NO_MEMORY, 0);
    uint64_t status = handle_add(mine(), 0, &handle, &index);
    while (status != STATUS_OK && !object_destroy(object))
        ; // it is empty: two steps
    return result(status, index);
}

sys_result sys_space_create(uint64_t quota, uint64_t rank) {
    if (rank > RANK_MOST) return result(MISUSED, 0);
    if (rank < mine()->rank) return result(STATUS_DENIED, 0);
    struct space *space = space_create(mine(), quota, (unsigned)rank);
    return enter(space == NULL ? NULL : &space->object, 0);
}

// The port under a handle, 0: none, instead of what was in this place; and a word with it.
static uint64_t set_port(struct port **place, uint64_t *with, uint64_t index, uint32_t right, uint64_t word) {
    uint64_t why = STATUS_OK;
    struct port *port = index == 0 ? NULL : handle_object(mine(), index, OBJECT_PORT, right, &why);
    if (why != STATUS_OK) return why;
    port_keep(port);
    port_drop(*place);
    *place = port;
    *with = word;
    return STATUS_OK;
}

// A space's quota is part of what its parent has used. To take is to give a negative number.
static uint64_t move_quota(struct space *parent, struct space *child, uint64_t frames, bool give) {
    if (child->parent != parent) return STATUS_DENIED;
    if (!space_can_pay(give ? parent : child, frames)) return STATUS_NO_MEMORY;
    parent->used += give ? frames : 0 - frames;
    child->quota += give ? frames : 0 - frames;
    return STATUS_OK;
}

sys_result sys_space_control(uint64_t index, uint64_t what, uint64_t value, uint64_t more) {
    uint64_t status;
    struct space *space = handle_object(mine(), index, OBJECT_SPACE, HANDLE_CONTROL, &status);
    if (space == NULL) return result(status, 0);
    if (what == SPACE_ID) return result(STATUS_OK, space->id);
    if (what == SPACE_QUOTA_GIVE || what == SPACE_QUOTA_TAKE)
        return result(move_quota(mine(), space, value, what == SPACE_QUOTA_GIVE), 0);
    const struct handle *named = handle_find(mine(), value);
    uint64_t badge = named == NULL ? 0 : named->badge;
    if (what == SPACE_EXCEPTION_PORT)
        return result(set_port(&space->exception_port, &space->exception_badge, value, HANDLE_SEND, badge), 0);
    if (what == SPACE_KEEPER)
        return result(set_port(&space->keeper, &space->keeper_bits, value, HANDLE_NOTIFY, more), 0);
    if (what != SPACE_COUNTERS) return result(MISUSED, 0);
    space->counters.quota = space->quota;
    space->counters.used = space->used;
    for (unsigned access = 0; access < 3; access++) {
        space->counters.faults[access] += space->straight[access];
        space->counters.faults_paged += space->straight[access];
        space->straight[access] = 0;
    }
    memcpy(thread_current()->message_page, &space->counters, sizeof space->counters);
    return result(STATUS_OK, 0);
}

sys_result sys_thread_create(uint64_t index, uint64_t entry, uint64_t stack, uint64_t argument, uint64_t priority) {
    uint64_t why;
    struct space *space = handle_object(mine(), index, OBJECT_SPACE, HANDLE_CONTROL, &why);
    if (space == NULL) return result(why, 0);
    if (priority >= PRIORITIES) return result(MISUSED, 0);
    if (priority > thread_current()->priority) return result(STATUS_DENIED, 0);
    struct thread *thread = thread_create(space, entry, stack, argument, (unsigned)priority);
    return enter(thread == NULL ? NULL : &thread->object, 0);
}

// Somebody more urgent may have heard of it.
static sys_result told(bool done) {
    schedule_preempt();
    return result(done ? STATUS_OK : STATUS_MORE, 0);
}

sys_result sys_thread_control(uint64_t index, uint64_t what, uint64_t value) {
    uint64_t why;
    struct thread *current = thread_current();
    struct thread *thread = handle_object(mine(), index, OBJECT_THREAD, HANDLE_CONTROL, &why);
    if (thread == NULL) return result(why, 0);
    struct upcall_registers *shared = current->message_page;
    bool needs_stop = what == THREAD_START || what == THREAD_GET_REGISTERS || what == THREAD_SET_REGISTERS;
    if (needs_stop && thread->state != THREAD_STOPPED) return result(STATUS_DENIED, 0);
    if (what == THREAD_STOP) return told(thread_stop(thread));
    if (what == THREAD_PRIORITY) {
        if (value >= PRIORITIES) return result(MISUSED, 0);
        if (value > current->priority) return result(STATUS_DENIED, 0);
        schedule_priority(thread, (unsigned)value);
        return told(true);
    }
    if (what == THREAD_MESSAGE_PAGE) {
        if (thread != current) return result(STATUS_DENIED, 0);
        return result(thread_show_page(thread, value, pa_of(thread->message_page), RIGHT_READ | RIGHT_WRITE), 0);
    }
    if (what == THREAD_START) schedule_ready(thread);
    if (what == THREAD_GET_REGISTERS) *shared = *thread->registers;
    if (what == THREAD_SET_REGISTERS) *thread->registers = *shared;
    return needs_stop ? told(true) : result(MISUSED, 0);
}

sys_result sys_port_create(void) {
    struct port *port = port_create(mine());
    return enter(port == NULL ? NULL : &port->object, HANDLE_SEND | HANDLE_NOTIFY | HANDLE_RECEIVE);
}

sys_result sys_mint(uint64_t index, uint64_t rights, uint64_t badge) {
    const struct handle *handle = handle_find(mine(), index);
    if (handle == NULL) return result(MISUSED, 0);
    // A badge is chosen once: a copy of a badged handle keeps it.
    bool may = (handle->rights & HANDLE_MINT) != 0 && (rights & ~(uint64_t)handle->rights) == 0 &&
               (rights & HANDLE_RECEIVE) == 0;
    if (!may || (handle->badge != 0 && handle->badge != badge)) return result(STATUS_DENIED, 0);
    struct handle copy = {.object = handle->object, .badge = badge, .rights = (uint32_t)rights};
    uint64_t place = 0, status = handle_add(mine(), 0, &copy, &place);
    return result(status, place);
}

sys_result sys_give(uint64_t to, uint64_t index, uint64_t slot) {
    uint64_t status, place = 0;
    struct space *space = handle_object(mine(), to, OBJECT_SPACE, HANDLE_CONTROL, &status);
    if (space == NULL) return result(status, 0);
    if (slot >= HANDLE_MOST || (slot != 0 && slot < HANDLE_MACHINE)) return result(MISUSED, 0);
    status = handle_pass(mine(), space, index, slot, &place);
    return result(status, place);
}

sys_result sys_close(uint64_t index) {
    if (handle_find(mine(), index) == NULL) return result(MISUSED, 0);
    handle_close(mine(), index);
    return told(true);
}

sys_result sys_destroy(uint64_t index) {
    const struct handle *handle = handle_find(mine(), index);
    if (index == HANDLE_SELF) return told(thread_end(thread_current()));
    if (handle == NULL || handle->object->kind == OBJECT_MACHINE) return result(MISUSED, 0);
    if ((handle->rights & HANDLE_CONTROL) == 0) return result(STATUS_DENIED, 0);
    return told(object_destroy(handle->object));
}
