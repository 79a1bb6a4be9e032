// SPDX-License-Identifier: MIT
// Threads: made, stopped, ended; wherever they are at that moment.
#include "thread.h"

#include "handle.h"
#include "region.h"
#include "schedule.h"
#include "table.h"

// The highest that a token of a dead thread had: a later thread in its frame is not taken for it.
static uint64_t last_sequence;

struct thread *thread_create(struct space *space, uint64_t entry, uint64_t stack, uint64_t argument,
                             unsigned priority) {
    struct thread *thread = space_page(space, FRAME_THREAD);
    void *page = thread == NULL ? NULL : space_page(space, FRAME_USER);
    if (page == NULL && thread != NULL) space_page_free(thread);
    if (page == NULL) return NULL;
    frame_at(pa_of(page))->references = 1; // the thread's own; its mappings are more
    frame_at(pa_of(page))->owner = space_number(space);
    thread->message_page = page;
    object_init(&thread->object, OBJECT_THREAD);
    thread->space = space;
    thread->token = last_sequence << 32 | pa_of(thread).bits >> PAGE_BITS;
    thread->registers = &thread->own;
    thread->own.pc = entry;
    thread->own.x[REGISTER_SP] = stack;
    thread->own.x[REGISTER_A0] = argument;
    thread->priority = thread->running_at = (uint8_t)priority;
    thread->state = THREAD_STOPPED;
    link_init(&thread->link);
    link_init(&thread->followers);
    list_add_last(&space->threads, &thread->in_space);
    return thread;
}

struct thread *thread_by_token(uint64_t token, const struct space *by) {
    uint64_t number = token & UINT32_MAX;
    if (!frame_exists(number) || frame_table[number].kind != FRAME_THREAD) return NULL;
    struct thread *thread = direct(pa(number << PAGE_BITS));
    if (thread->token != token || thread->state != THREAD_WAITING || thread->port->holder != by) return NULL;
    return thread;
}

void thread_unlink(struct thread *thread) {
    if (thread->state == THREAD_READY)
        schedule_forget(thread);
    else if (thread->state != THREAD_RUNNING && thread->state != THREAD_STOPPED)
        list_remove(&thread->link);
    deadline_cancel(&thread->deadline);
    thread->port = NULL;
}

void thread_release_followers(struct thread *thread) {
    while (!list_empty(&thread->followers)) {
        struct thread *follower = container_of(thread->followers.next, struct thread, link);
        list_remove(&follower->link);
        schedule_ready(follower);
    }
}

bool thread_stop(struct thread *thread) {
    struct hart *hart = hart_here();
    if (thread->state == THREAD_RUNNING && thread != hart->current && thread != hart->next) {
        struct hart *where = harts;
        while (where->current != thread) where++;
        if (!thread->stopping) hart_interrupt(where); // once: its hart's next tick would find it too
        thread->stopping = true;
        return false;
    }
    thread->stopping = false;
    if (thread->state == THREAD_DEAD || thread->state == THREAD_STOPPED) return true;
    if (thread->state == THREAD_RECEIVING || (thread_asks(thread) && thread->errand != ERRAND_FAULT))
        thread->registers->x[REGISTER_A0] = STATUS_GONE; // the wait is over, if it is ever started again
    thread_unlink(thread);
    thread->state = THREAD_STOPPED;
    thread->running_at = thread->priority;
    thread_release_followers(thread);
    space_tell_keeper(thread->space);
    if (thread == hart->current || thread == hart->next) schedule_next();
    return true;
}

bool thread_end(struct thread *thread) {
    if (!thread_stop(thread)) return false;
    if (thread->state == THREAD_DEAD) return true;
    object_keep(&thread->object);
    thread->state = THREAD_DEAD;
    if (thread->token >> 32 > last_sequence) last_sequence = thread->token >> 32;
    thread->object.dead = true;
    list_remove(&thread->in_space);
    page_drop_all(pa_of(thread->message_page), 1);
    if (thread->area != NULL) page_drop_all(pa_of(thread->area), 1);
    if (hart_here()->current == thread) { // the way out saves nothing of it
        hart_here()->current = &thread_gone;
        hart_here()->registers = NULL;
    }
    object_drop(&thread->object);
    return true;
}

uint64_t thread_show_page(struct thread *thread, uint64_t va, struct pa at, uint64_t rights) {
    struct slot slot;
    if (!pages_are_valid(va, 1)) return MISUSED;
    const struct region *region = region_find(thread->space, va);
    if (region == NULL || region->closing) return STATUS_ABSENT;
    if (region->port != NULL) return STATUS_DENIED;
    if (!table_make(thread->space, va, 0, &slot)) return STATUS_NO_MEMORY;
    if ((*slot_info(&slot) & INFO_PRESENT) != 0) return STATUS_TAKEN;
    page_place(&slot, at, rights, rights & RIGHTS_ACCESS, 0);
    return STATUS_OK;
}
