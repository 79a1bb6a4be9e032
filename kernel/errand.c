// SPDX-License-Identifier: MIT
// What becomes of a call or a fault that nobody answers as it should.
#include "errand.h"

#include "fault.h"
#include "region.h"
#include "schedule.h"

// It goes on, and so do those who waited for the same page.
static void settled(struct thread *thread) {
    thread_unlink(thread);
    thread_release_followers(thread);
}

// Does it wait at the port that hears of what nobody else handles? Then there is nobody else to ask.
static bool is_last_resort(const struct thread *thread) {
    return thread->errand == ERRAND_FAULT && thread->port == thread->space->exception_port &&
           FAULT_ERROR(TAG_LABEL(thread->tag)) != FAULT_NONE;
}

// What an errand comes to that fails: a call's status, or the error of a fault.
static void fail(struct thread *thread, enum status status, uint64_t error, uint64_t code) {
    bool last = is_last_resort(thread);
    fault_recall(thread);
    settled(thread);
    if (thread->errand != ERRAND_FAULT) {
        thread->registers->x[REGISTER_A0] = status;
        thread->registers->x[REGISTER_A0 + 1] = code;
        schedule_ready(thread);
        return;
    }
    thread->state = THREAD_STOPPED; // until its handler, or nobody, takes it
    if (last)
        fault_stop(thread);
    else
        fault_unhandled(thread, TAG_LABEL(thread->tag), error);
}

void errand_late(struct deadline *deadline) {
    struct thread *thread = container_of(deadline, struct thread, deadline);
    struct region *region = region_find(thread->space, thread->va);
    struct port *fallback = region == NULL ? NULL : region->fallback;
    if (fallback != NULL && !fallback->object.dead && fallback != thread->port) {
        list_remove(&thread->link);
        fault_send(thread, fallback);
        return;
    }
    fail(thread, STATUS_LATE, FAULT_LATE, 0);
}

void errand_port_died(struct thread *thread) {
    struct region *region = region_find(thread->space, thread->va);
    if (thread->errand != ERRAND_FAULT || is_last_resort(thread) || region == NULL || region->port == NULL) {
        fail(thread, STATUS_GONE, FAULT_DEAD, 0);
        return;
    }
    fault_recall(thread);
    settled(thread);
    thread->state = THREAD_STOPPED;
    fault_route(thread, region, TAG_LABEL(thread->tag));
}

void errand_failed(struct thread *thread, uint64_t code) { fail(thread, STATUS_FAILED, FAULT_FAILED + code, code); }

bool errand_forward(struct thread *thread, struct port *port) {
    if (port->object.dead) return false;
    fault_recall(thread);
    list_remove(&thread->link);
    fault_send(thread, port);
    return true;
}
