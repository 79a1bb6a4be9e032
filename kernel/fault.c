// SPDX-License-Identifier: MIT
// The fault router: every fault is somebody's message. In this order:
//   (a) the page is there and allows it: a stale translation, or A/D to set    fault_page goes on
//   (b) the space itself withheld the right                                    unhandled  own handler
//   (c) the region's pager, or its fallback                                    route      a call by the kernel
//       or the region is the thread's own to manage                            unhandled  own handler
//   (d) no region, no right, no pager left: an error                           unhandled  own handler, else the
//       space's exception port, else the thread is stopped and its keeper told
#include "fault.h"

#include "message.h"
#include "region.h"
#include "schedule.h"
#include "string.h"
#include "table.h"

enum { SAME_PAGE_SEARCH = 8, RETRIES_MOST = 255 };

_Static_assert(FAULT_PRESENT == INFO_PRESENT << FAULT_RIGHTS_SHIFT, "the label takes both from where they are");

static inline uint64_t label(const struct thread *thread, uint64_t access, uint64_t info) {
    return access | (info & (RIGHTS_ACCESS | INFO_PRESENT)) << FAULT_RIGHTS_SHIFT |
           (uint64_t)thread->level << FAULT_NESTED_SHIFT;
}

static uint64_t tag_of(uint64_t label) { return MESSAGE_FAULT | label << TAG_LABEL_SHIFT; }

// It waits no longer, nor do those who waited for the same page.
static void settled(struct thread *thread) {
    fault_recall(thread);
    thread_unlink(thread);
    thread_release_followers(thread);
}

// It ends here: the thread is stopped, and its keeper told.
static void end(struct thread *thread) {
    thread->space->counters.faults_unhandled++;
    thread_stop(thread);
}

void fault_send(struct thread *thread, struct port *port) {
    bool is_current = thread == hart_here()->current;
    thread->errand = ERRAND_FAULT;
    if (list_empty(&port->receivers)) {
        message_queue(thread, port);
        if (is_current) schedule_next();
        return;
    }
    struct thread *receiver = message_wake(port, thread);
    uint64_t word[5] = {thread->space->id, thread->va, thread->offset, thread->registers->pc, thread->neighbours};
    message_put(receiver, thread->tag, word, message_wait(thread, port, ERRAND_FAULT), thread->badge, 0);
    if (is_current) ring_trace(hart_here(), EVENT_switch, thread->token, receiver->token);
    if (is_current)
        switch_to(receiver);
    else
        schedule_ready(receiver);
}

// Enter the handler of the current thread, or of one that is away. A thread's registers are saved in the level of its
// area that it is in, from the door on: entering the handler moves the save area one level up, and leaving it moves it
// down again; nothing is copied. => false: there is no handler, or it is nested too deep
static bool enter_handler(struct thread *thread, uint64_t tag, const uint64_t word[5], uint64_t badge) {
    if (thread->area == NULL || thread->level == UPCALL_DEPTH) return false;
    ring_trace(hart_here(), EVENT_upcall, tag, word[1]);
    const struct upcall_registers *level = thread->registers;
    struct upcall_registers *handler = thread->registers + 1;
    if (hart_here()->current != thread) *handler = *level; // those that the door leaves in place, it has in there
    handler->pc = thread->handler;
    handler->x[REGISTER_SP] = thread->level == 0 ? thread->handler_stack : align_down(level->x[REGISTER_SP], 16);
    handler->x[REGISTER_TP] = level->x[REGISTER_TP];
    handler->x[REGISTER_A0] = thread->area_va + thread->level * sizeof *level;
    handler->x[REGISTER_A0 + 1] = tag;
    memcpy(&handler->x[REGISTER_A0 + 2], word, 5 * sizeof word[0]);
    handler->x[REGISTER_T0] = badge;
    thread->level++;
    thread->registers = handler;
    if (hart_here()->current == thread) hart_here()->registers = handler;
    return true;
}

// (d) Nobody answers for it: its own handler, else the space's exception port, else the thread is stopped.
static void unhandled(struct thread *thread, uint64_t label, uint64_t error) {
    uint64_t word[5] = {thread->space->id, thread->va, thread->offset, thread->registers->pc, 0};
    struct port *port = thread->space->exception_port;
    uint64_t tag = tag_of(label | error << FAULT_ERROR_SHIFT);
    if (enter_handler(thread, tag, word, thread->badge)) {
        thread->space->counters.faults_upcall++;
        if (thread->state != THREAD_RUNNING) schedule_ready(thread);
    } else if (port == NULL || port->object.dead) {
        end(thread);
    } else {
        thread->tag = tag;
        thread->badge = thread->space->exception_badge;
        thread->neighbours = 0;
        fault_send(thread, port);
    }
}

// Does it wait at the port that hears of what nobody else handles? Then there is nobody else to ask.
static bool is_last_resort(const struct thread *thread) {
    return thread->errand == ERRAND_FAULT && thread->port == thread->space->exception_port &&
           FAULT_ERROR(TAG_LABEL(thread->tag)) != FAULT_NONE;
}

void fault_fail(struct thread *thread, enum status status, uint64_t error, uint64_t code) {
    bool last = is_last_resort(thread);
    if (thread->errand != ERRAND_FAULT) {
        thread->registers->x[REGISTER_A0 + 1] = code;
        message_fail(thread, status);
        return;
    }
    settled(thread);
    if (last)
        end(thread);
    else
        unhandled(thread, TAG_LABEL(thread->tag), error);
}

static void late(struct deadline *deadline) {
    struct thread *thread = container_of(deadline, struct thread, deadline);
    struct region *region = region_find(thread->space, thread->va);
    struct port *fallback = region == NULL ? NULL : region->fallback;
    list_remove(&thread->link);
    if (fallback == NULL || fallback->object.dead || fallback == thread->port)
        fault_fail(thread, STATUS_LATE, FAULT_LATE, 0);
    else
        fault_send(thread, fallback);
}

static inline uint64_t offset_of(const struct region *region, uint64_t va) {
    return region->offset + align_down(va, PAGE_SIZE);
}

void fault_recall(struct thread *thread) {
    struct slot slot;
    const struct region *region = region_find(thread->space, thread->va);
    if (thread->wanted == 0) return;
    thread->wanted = 0;
    thread->badge = region == NULL ? 0 : region->cookie; // not those of another fault
    thread->offset = region == NULL ? 0 : offset_of(region, thread->va);
    thread->neighbours = table_find_fast(thread->space, thread->va, &slot) ? slot.info->present[slot.index / 64] : 0;
}

// Another thread's fault on the same page is being answered: this one waits for that. => false: none is known
static bool follow(struct thread *thread, struct port *port, uint64_t va) {
    struct link *link = port->waiting.next;
    for (unsigned i = 0; i < SAME_PAGE_SEARCH && link != &port->waiting; i++, link = link->next) {
        struct thread *first = container_of(link, struct thread, link);
        if (first->space != thread->space || first->errand != ERRAND_FAULT || first->va / PAGE_SIZE != va / PAGE_SIZE ||
            FAULT_ACCESS(TAG_LABEL(first->tag)) != FAULT_ACCESS(TAG_LABEL(thread->tag)))
            continue;
        fault_recall(first); // its answer lets this one go on too, and so is not straight
        thread->state = THREAD_FOLLOWING;
        list_add_last(&first->followers, &thread->link);
        if (thread == hart_here()->current) schedule_next();
        return true;
    }
    return false;
}

// (c) The region's pager, if it lives; then its fallback.
static void route(struct thread *thread, struct region *region, uint64_t label) {
    struct port *port = region->port;
    if (port->object.dead) {
        if (region->fallback == NULL || region->fallback->object.dead) {
            unhandled(thread, label, FAULT_DEAD);
            return;
        }
        region->port = region->fallback;
        region->fallback = NULL;
        port_drop(port);
        port = region->port;
    }
    thread->tag = tag_of(label);
    bool is_alone = thread->space->threads.next == thread->space->threads.previous;
    if (!is_alone && follow(thread, port, thread->va)) return;
    thread->space->counters.faults_paged++;
    if (region->deadline != 0)
        deadline_set(&thread->deadline, timer_now() + region->deadline * timer_frequency / 1000000, late);
    fault_send(thread, port);
}

_Static_assert(1 << FAULT_EXECUTE == RIGHT_EXECUTE, "an access needs the right of its number, as in layout.def");

// No straight way: whatever else the order at the head of this file says.
static void sort_out(struct thread *thread, uint64_t access, uint16_t info) {
    uint64_t wanted = 1ull << access, va = thread->va;
    uint64_t told = label(thread, access, info) | (uint64_t)thread->retries << FAULT_RETRIES_SHIFT;
    struct region *region = va < USER_END ? region_find(thread->space, va) : NULL;
    thread->offset = thread->badge = 0;
    if (region == NULL || region->closing) {
        unhandled(thread, told, FAULT_NO_REGION);
        return;
    }
    thread->badge = region->cookie;
    thread->offset = offset_of(region, va);
    bool is_withheld = (info_withheld(info) & wanted) != 0;
    if (!is_withheld && (region->rights & wanted) == 0)
        unhandled(thread, told, FAULT_NO_RIGHT);
    else if (is_withheld || region->port == NULL)
        unhandled(thread, told, FAULT_NONE);
    else
        route(thread, region, told);
}

bool fault_look(struct space *space, uint64_t va) {
    struct slot slot;
    const struct region *region = va < USER_END ? region_find(space, va) : NULL;
    return region != NULL && !region->closing && table_find(space, va, &slot) && slot.level == 0;
}

void fault_page(uint64_t access, uint64_t va) {
    struct thread *thread = thread_current();
    struct slot slot;
    uint16_t info = 0;
    ring_trace(hart_here(), EVENT_fault, va, thread->token);
    thread->space->counters.faults[access]++;
    if (va != thread->va || thread->registers->pc != thread->retry_pc)
        thread->retries = 0, thread->retry_pc = hart_here()->float_in_use;
    else if (thread->retries != RETRIES_MOST) // it was answered, and does not get further
        thread->retries++;
    thread->va = va;
    thread->neighbours = 0;
    if (va < USER_END && table_find_fast(thread->space, va, &slot)) {
        thread->neighbours = slot.info->present[slot.index / 64];
        info = *slot_info(&slot);
    }
    if ((info & INFO_PRESENT) == 0 || (info_effective(info) >> access & 1) == 0) {
        sort_out(thread, access, info);
        return;
    }
    // (a) Note what the hardware may have left to us, and forget what it remembers wrongly.
    __atomic_fetch_or(slot.pte, access == FAULT_WRITE ? PTE_A | PTE_D : PTE_A, __ATOMIC_RELAXED);
    __asm__ volatile("sfence.vma %0" ::"r"(va) : "memory");
    thread->space->counters.faults_spurious++;
}

void fault_other(enum fault_access access, uint64_t va, uint64_t detail) {
    struct thread *thread = thread_current();
    thread->va = va;
    thread->offset = detail;
    thread->badge = 0;
    unhandled(thread, label(thread, access, 0), access == FAULT_CALL ? FAULT_NONE : FAULT_NO_RIGHT);
}

void fault_port_died(struct thread *thread) {
    struct region *region = region_find(thread->space, thread->va);
    if (thread->errand != ERRAND_FAULT || is_last_resort(thread) || region == NULL || region->port == NULL) {
        fault_fail(thread, STATUS_GONE, FAULT_DEAD, 0);
        return;
    }
    settled(thread);
    route(thread, region, TAG_LABEL(thread->tag));
}
