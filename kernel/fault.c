// SPDX-License-Identifier: MIT
// The fault router: every fault is somebody's message. In this order:
//   (a) the page is there and allows it: a stale translation, or A/D to set    fault_settle    goes on
//   (b) the space itself withheld the right                                    own handler
//   (c) the region's pager, or its fallback                                    fault_send      a call by the kernel
//       or the region is the thread's own to manage                            own handler
//   (d) no region, no right, no pager left: an error                           fault_unhandled own handler, else the
//       space's exception port, else the thread is stopped and its keeper told
#include "fault.h"

#include "message.h"
#include "page.h"
#include "region.h"
#include "schedule.h"
#include "timer.h"
#include "upcall.h"

enum {
    SAME_PAGE_SEARCH = 8,
    RETRIES_MOST = 255,
};

static uint64_t label(const struct thread *thread, enum fault_access access, uint16_t info)
{
    uint64_t label = access | (uint64_t)thread->level << FAULT_NESTED_SHIFT;
    if (info != 0 && (info & INFO_PRESENT) != 0)
        label |= FAULT_PRESENT | (info_granted(info) & RIGHTS_ACCESS) << FAULT_RIGHTS_SHIFT;
    return label | (uint64_t)thread->retries << FAULT_RETRIES_SHIFT;
}

static uint64_t tag_of(uint64_t label)
{
    return MESSAGE_FAULT | label << TAG_LABEL_SHIFT;
}

static void stop(struct thread *thread)
{
    thread->space->counters.faults_unhandled++;
    thread_stop(thread);
    space_tell_keeper(thread->space);
}

// The message goes to the port: straight to a receiver that waits, or into the queue.
static void send(struct thread *thread, struct port *port)
{
    thread->errand = ERRAND_FAULT;
    thread->space->counters.messages++;
    if (list_empty(&port->receivers)) {
        thread->state = THREAD_SENDING;
        thread->port = port;
        list_add_last(&port->senders, &thread->link);
        if (thread == hart_here()->current)
            schedule_next();
        return;
    }
    struct thread *receiver = container_of(port->receivers.next, struct thread, link);
    uint64_t word[5] = {thread->space->id, thread->va, thread->offset, thread->registers->pc, thread->neighbours};
    list_remove(&receiver->link);
    receiver->port = NULL;
    message_put(receiver, thread->tag, word, message_wait(thread, port), thread->badge, 0);
    receiver->running_at = thread->running_at > receiver->priority ? thread->running_at : receiver->priority;
    if (thread == hart_here()->current)
        switch_to(receiver);
    else
        schedule_ready(receiver);
}

// (d) Nobody answers for it.
static void unhandled(struct thread *thread, uint64_t label, uint64_t error)
{
    uint64_t word[5] = {thread->space->id, thread->va, thread->offset, thread->registers->pc, 0};
    struct port *port = thread->space->exception_port;
    label |= error << FAULT_ERROR_SHIFT;
    if (upcall_enter(thread, tag_of(label), word, thread->badge)) {
        thread->space->counters.faults_upcall++;
        if (thread->state != THREAD_RUNNING)
            schedule_ready(thread);
        return;
    }
    if (port == NULL || port->object.dead) {
        stop(thread);
        return;
    }
    thread->tag = tag_of(label);
    thread->badge = thread->space->exception_badge;
    thread->neighbours = 0;
    send(thread, port);
}

// Another thread's fault on the same page is being answered: this one waits for that. => false: none is known
static bool follow(struct thread *thread, struct port *port, uint64_t va)
{
    struct link *link = port->waiting.next;
    for (unsigned i = 0; i < SAME_PAGE_SEARCH && link != &port->waiting; i++, link = link->next) {
        struct thread *first = container_of(link, struct thread, link);
        if (first->space != thread->space || first->errand != ERRAND_FAULT || first->va / PAGE_SIZE != va / PAGE_SIZE ||
            FAULT_ACCESS(TAG_LABEL(first->tag)) != FAULT_ACCESS(TAG_LABEL(thread->tag)))
            continue;
        thread->state = THREAD_FOLLOWING;
        list_add_last(&first->followers, &thread->link);
        schedule_next();
        return true;
    }
    return false;
}

// (c) The region's pager, if it lives; then its fallback.
static void route(struct thread *thread, struct region *region, uint64_t label)
{
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
    thread->badge = region->cookie;
    if (!list_empty(&port->waiting) && thread->space->threads.next != thread->space->threads.previous &&
        follow(thread, port, thread->va))
        return;
    thread->space->counters.faults_paged++;
    if (region->deadline != 0)
        deadline_set(&thread->deadline, timer_now() + region->deadline * timer_frequency / 1000000, fault_late);
    send(thread, port);
}

// (a) Note what the hardware may have left to us, and forget what it remembers wrongly.
static void settle(struct thread *thread, const struct slot *slot, uint64_t wanted, uint64_t va)
{
    uint64_t noted = PTE_A | ((wanted & RIGHT_WRITE) != 0 ? PTE_D : 0);
    __atomic_fetch_or(slot->pte, noted, __ATOMIC_RELAXED);
    __asm__ volatile("sfence.vma %0" ::"r"(va) : "memory");
    thread->space->counters.faults_spurious++;
}

static void count_retry(struct thread *thread, uint64_t va)
{
    uint64_t pc = thread->registers->pc;
    bool again = thread->retry_va == va && thread->retry_pc == pc;
    thread->retry_va = va;
    thread->retry_pc = pc;
    thread->retries = again && thread->retries != RETRIES_MOST ? (uint8_t)(thread->retries + 1)
                      : again                                  ? RETRIES_MOST
                                                               : 0;
}

void fault_page(struct thread *thread, enum fault_access access, uint64_t va)
{
    static const uint8_t rights[] = {RIGHT_READ, RIGHT_WRITE, RIGHT_EXECUTE};
    struct space *space = thread->space;
    uint64_t wanted = rights[access];
    uint16_t info = 0;
    struct slot slot;
    (&space->counters.faults_read)[access]++;
    ring_record(hart_here()->ring, EVENT_fault, va, thread->token);
    thread->va = va;
    thread->offset = 0;
    thread->badge = 0;
    thread->neighbours = 0;
    count_retry(thread, va);
    if (va < USER_END && table_find_fast(space, va, &slot)) {
        info = *slot_info(&slot);
        thread->neighbours = slot.info->present[slot.index / 64];
        if ((info & INFO_PRESENT) != 0 && (info_effective(info) & wanted) != 0) {
            settle(thread, &slot, wanted, va);
            return;
        }
    }
    struct region *region = va < USER_END ? region_find(space, va) : NULL;
    uint64_t told = label(thread, access, info);
    if (region == NULL || region->closing) {
        unhandled(thread, told, FAULT_NO_REGION);
        return;
    }
    thread->badge = region->cookie;
    thread->offset = region->offset + (align_down(va, PAGE_SIZE) - region->node.key);
    if ((info_withheld(info) & wanted) != 0)
        unhandled(thread, told, FAULT_NONE);
    else if ((region->rights & wanted) == 0)
        unhandled(thread, told, FAULT_NO_RIGHT);
    else if (region->port == NULL)
        unhandled(thread, told, FAULT_NONE);
    else
        route(thread, region, told);
}

void fault_other(struct thread *thread, enum fault_access access, uint64_t va, uint64_t detail)
{
    thread->va = va;
    thread->offset = detail;
    thread->badge = 0;
    unhandled(thread, label(thread, access, 0),
              access == FAULT_EXCEPTION || access == FAULT_MISUSE ? FAULT_NO_RIGHT : FAULT_NONE);
}

void fault_settled(struct thread *thread)
{
    thread_unlink(thread);
    thread_release_followers(thread);
}

// What an errand comes to that fails: a call's status, or the error of a fault.
static void fail(struct thread *thread, enum status status, uint64_t error, uint64_t code)
{
    fault_settled(thread);
    if (thread->errand != ERRAND_FAULT) {
        thread->registers->x[REGISTER_A0] = status;
        thread->registers->x[REGISTER_A0 + 1] = code;
        schedule_ready(thread);
        return;
    }
    thread->state = THREAD_STOPPED; // until its handler, or nobody, takes it
    unhandled(thread, TAG_LABEL(thread->tag), error);
}

void fault_late(struct deadline *deadline)
{
    struct thread *thread = container_of(deadline, struct thread, deadline);
    struct region *region = region_find(thread->space, thread->va);
    struct port *fallback = region == NULL ? NULL : region->fallback;
    if (fallback != NULL && !fallback->object.dead && fallback != thread->port) {
        list_remove(&thread->link);
        send(thread, fallback);
        return;
    }
    fail(thread, STATUS_LATE, FAULT_LATE, 0);
}

void fault_port_died(struct thread *thread)
{
    struct region *region = region_find(thread->space, thread->va);
    if (thread->errand != ERRAND_FAULT || region == NULL || region->port == NULL) {
        fail(thread, STATUS_GONE, FAULT_DEAD, 0);
        return;
    }
    fault_settled(thread);
    thread->state = THREAD_STOPPED;
    route(thread, region, TAG_LABEL(thread->tag));
}

void fault_failed(struct thread *thread, uint64_t code)
{
    fail(thread, STATUS_FAILED, FAULT_FAILED + code, code);
}

bool fault_forward(struct thread *thread, struct port *port)
{
    if (port->object.dead)
        return false;
    list_remove(&thread->link);
    send(thread, port);
    return true;
}
