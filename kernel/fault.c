// SPDX-License-Identifier: MIT
// The fault router: every fault is somebody's message. In this order:
//   (a) the page is there and allows it: a stale translation, or A/D to set    settle           goes on
//   (b) the space itself withheld the right                                    fault_unhandled  own handler
//   (c) the region's pager, or its fallback                                    fault_route      a call by the kernel
//       or the region is the thread's own to manage                            fault_unhandled  own handler
//   (d) no region, no right, no pager left: an error                           fault_unhandled  own handler, else the
//       space's exception port, else the thread is stopped and its keeper told
#include "fault.h"

#include "errand.h"
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

_Static_assert(FAULT_PRESENT == INFO_PRESENT >> 3, "the label takes the bit from where it is");

static inline uint64_t label(const struct thread *thread, enum fault_access access, uint16_t info) {
    return access | (info & INFO_PRESENT) >> 3 | (info_granted(info) & RIGHTS_ACCESS) << FAULT_RIGHTS_SHIFT |
           (uint64_t)thread->level << FAULT_NESTED_SHIFT | (uint64_t)thread->retries << FAULT_RETRIES_SHIFT;
}

static inline bool is_alone(const struct thread *thread) {
    return thread->space->threads.next == thread->space->threads.previous;
}

static uint64_t tag_of(uint64_t label) { return MESSAGE_FAULT | label << TAG_LABEL_SHIFT; }

void fault_stop(struct thread *thread) {
    thread->space->counters.faults_unhandled++;
    thread_stop(thread);
}

static void put_message(struct thread *thread, struct thread *receiver, uint64_t token) {
    message_put_words(receiver, thread->tag, thread->space->id, thread->va, thread->offset, thread->registers->pc,
                      thread->neighbours, token, thread->badge, 0);
}

// The message goes to the port: straight to a receiver that waits, or into the queue.
__attribute__((noinline)) void fault_send(struct thread *thread, struct port *port) {
    bool is_current = thread == hart_here()->current;
    thread->errand = ERRAND_FAULT;
    if (list_empty(&port->receivers)) {
        thread->state = THREAD_SENDING;
        thread->port = port;
        list_add_last(&port->senders, &thread->link);
        if (is_current) schedule_next();
        return;
    }
    struct thread *receiver = message_receiver(port);
    list_take(&receiver->link);
    put_message(thread, receiver, message_wait(thread, port));
    if (is_current) {
        switch_to_server(receiver, thread);
        return;
    }
    receiver->running_at = thread->running_at > receiver->priority ? thread->running_at : receiver->priority;
    schedule_ready(receiver);
}

// (d) Nobody answers for it.
__attribute__((noinline)) void fault_unhandled(struct thread *thread, uint64_t label, uint64_t error) {
    uint64_t word[5] = {thread->space->id, thread->va, thread->offset, thread->registers->pc, 0};
    struct port *port = thread->space->exception_port;
    label |= error << FAULT_ERROR_SHIFT;
    if (upcall_enter(thread, tag_of(label), word, thread->badge)) {
        thread->space->counters.faults_upcall++;
        if (thread->state != THREAD_RUNNING) schedule_ready(thread);
        return;
    }
    if (port == NULL || port->object.dead) {
        fault_stop(thread);
        return;
    }
    thread->tag = tag_of(label);
    thread->badge = thread->space->exception_badge;
    thread->neighbours = 0;
    fault_send(thread, port);
}

// Another thread's fault on the same page is being answered: this one waits for that. => false: none is known
static bool follow(struct thread *thread, struct port *port, uint64_t va) {
    struct link *link = port->waiting.next;
    for (unsigned i = 0; i < SAME_PAGE_SEARCH && link != &port->waiting; i++, link = link->next) {
        struct thread *first = container_of(link, struct thread, link);
        if (first->space != thread->space || first->errand != ERRAND_FAULT || first->va / PAGE_SIZE != va / PAGE_SIZE ||
            FAULT_ACCESS(TAG_LABEL(first->tag)) != FAULT_ACCESS(TAG_LABEL(thread->tag)))
            continue;
        thread->state = THREAD_FOLLOWING;
        list_add_last(&first->followers, &thread->link);
        if (thread == hart_here()->current) schedule_next();
        return true;
    }
    return false;
}

// (c) The region's pager, if it lives; then its fallback.
__attribute__((noinline)) void fault_route(struct thread *thread, struct region *region, uint64_t label) {
    struct port *port = region->port;
    if (port->object.dead) {
        if (region->fallback == NULL || region->fallback->object.dead) {
            fault_unhandled(thread, label, FAULT_DEAD);
            return;
        }
        region->port = region->fallback;
        region->fallback = NULL;
        port_drop(port);
        port = region->port;
    }
    thread->tag = tag_of(label);
    if (!list_empty(&port->waiting) && !is_alone(thread) && follow(thread, port, thread->va)) return;
    thread->space->counters.faults_paged++;
    if (region->deadline != 0)
        deadline_set(&thread->deadline, timer_now() + region->deadline * timer_frequency / 1000000, errand_late);
    fault_send(thread, port);
}

// (a) Note what the hardware may have left to us, and forget what it remembers wrongly.
static __attribute__((noinline)) void settle(struct thread *thread, uint64_t *pte, uint64_t wanted) {
    uint64_t noted = PTE_A | ((wanted & RIGHT_WRITE) != 0 ? PTE_D : 0);
    __atomic_fetch_or(pte, noted, __ATOMIC_RELAXED);
    __asm__ volatile("sfence.vma %0" ::"r"(thread->va) : "memory");
    thread->space->counters.faults_spurious++;
}

// Again at the same place: a faulter that does not get further.
static inline void count_retry(struct thread *thread, uint64_t va) {
    uint64_t pc = thread->registers->pc;
    if (va != thread->va || pc != thread->retry_pc)
        thread->retries = 0;
    else if (thread->retries != RETRIES_MOST)
        thread->retries++;
    thread->retry_pc = pc;
    thread->va = va;
}

_Static_assert(1 << FAULT_READ == RIGHT_READ && 1 << FAULT_WRITE == RIGHT_WRITE && 1 << FAULT_EXECUTE == RIGHT_EXECUTE,
               "an access needs the right of its number");

static inline uint64_t right_for(enum fault_access access) { return 1ull << access; }

// No straight way: whatever else the order at the head of this file says.
static __attribute__((noinline)) void sort_out(struct thread *thread, enum fault_access access, uint16_t info) {
    uint64_t wanted = right_for(access), va = thread->va, told = label(thread, access, info);
    struct region *region = va < USER_END ? region_find(thread->space, va) : NULL;
    thread->offset = thread->badge = 0;
    if (region == NULL || region->closing) {
        fault_unhandled(thread, told, FAULT_NO_REGION);
        return;
    }
    thread->badge = region->cookie;
    thread->offset = region->offset + (align_down(va, PAGE_SIZE) - region->node.key);
    if ((info_withheld(info) & wanted) != 0)
        fault_unhandled(thread, told, FAULT_NONE);
    else if ((region->rights & wanted) == 0)
        fault_unhandled(thread, told, FAULT_NO_RIGHT);
    else if (region->port == NULL)
        fault_unhandled(thread, told, FAULT_NONE);
    else
        fault_route(thread, region, told);
}

// The straight way to a pager that waits: one page, one faulter, no deadline.
static inline bool is_straight(const struct thread *thread, const struct region *region, uint64_t wanted,
                               uint16_t info) {
    return region != NULL && thread->va - region->node.key < region->pages * PAGE_SIZE && region->straight &&
           (region->rights & wanted) != 0 && (info & wanted << INFO_WITHHELD_SHIFT) == 0 &&
           !list_empty(&region->port->receivers) && list_empty(&region->port->waiting);
}

static inline void go_straight(struct thread *thread, struct region *region, enum fault_access access, uint16_t info) {
    struct port *port = region->port;
    struct thread *receiver = message_receiver(port);
    uint64_t va = thread->va, cookie = region->cookie, tag = tag_of(label(thread, access, info));
    uint64_t offset = region->offset + (align_down(va, PAGE_SIZE) - region->node.key);
    uint64_t id = thread->space->id, pc = thread->retry_pc, neighbours = thread->neighbours;
    thread->space->counters.faults_paged++;
    thread->tag = tag;
    thread->badge = cookie;
    thread->offset = offset;
    thread->errand = ERRAND_FAULT;
    list_take(&receiver->link);
    message_put_words(receiver, tag, id, va, offset, pc, neighbours, message_wait(thread, port), cookie, 0);
    switch_to_server(receiver, thread);
}

// The straight way to the thread's own handler, on a right that its space withheld.
static inline bool is_withheld(const struct thread *thread, const struct region *region, uint64_t wanted,
                               uint16_t info) {
    return region != NULL && thread->va - region->node.key < region->pages * PAGE_SIZE && !region->closing &&
           (info & wanted << INFO_WITHHELD_SHIFT) != 0 && upcall_is_possible(thread);
}

static inline void go_up(struct thread *thread, uint64_t label, uint64_t offset, uint64_t badge) {
    thread->space->counters.faults_upcall++;
    hart_here()->registers =
        upcall_begin(thread, tag_of(label), thread->space->id, thread->va, offset, thread->registers->pc, 0, badge);
}

// The page is known: its entry and what goes with it; or there is no table for it, and no entry.
static inline void fault_known(struct thread *thread, enum fault_access access, uint64_t *pte, uint16_t info) {
    uint64_t wanted = right_for(access);
    struct region *region = thread->space->last_region;
    if ((info & INFO_PRESENT) != 0 && (info_effective(info) & wanted) != 0)
        settle(thread, pte, wanted);
    else if (is_straight(thread, region, wanted, info))
        go_straight(thread, region, access, info);
    else if (is_withheld(thread, region, wanted, info))
        go_up(thread, label(thread, access, info),
              region->offset + (align_down(thread->va, PAGE_SIZE) - region->node.key), region->cookie);
    else
        sort_out(thread, access, info);
}

static __attribute__((noinline)) void fault_far(struct thread *thread, enum fault_access access, uint64_t va) {
    struct slot slot;
    thread->neighbours = 0;
    if (va < USER_END && table_find(thread->space, va, &slot)) {
        thread->neighbours = slot.info->present[slot.index / 64];
        fault_known(thread, access, slot.pte, *slot_info(&slot));
    } else {
        fault_known(thread, access, NULL, 0);
    }
}

static inline void fault_untraced(struct thread *thread, enum fault_access access, uint64_t va) {
    struct space *space = thread->space;
    space->counters.faults[access]++;
    count_retry(thread, va);
    if (va >> BLOCK_BITS != space->leaf_tag) {
        fault_far(thread, access, va);
        return;
    }
    uint64_t index = pte_index(va, 0);
    thread->neighbours = space->leaf_info->present[index / 64];
    fault_known(thread, access, space->leaf + index, space->leaf_info->page[index]);
}

// While events are traced: no straight way.
static __attribute__((noinline)) void fault_traced(struct thread *thread, enum fault_access access, uint64_t va) {
    struct slot slot;
    uint16_t info = 0;
    ring_record(hart_here(), EVENT_fault, va, thread->token);
    thread->space->counters.faults[access]++;
    count_retry(thread, va);
    thread->neighbours = 0;
    if (va < USER_END && table_find_fast(thread->space, va, &slot)) {
        thread->neighbours = slot.info->present[slot.index / 64];
        info = *slot_info(&slot);
    }
    if ((info & INFO_PRESENT) != 0 && (info_effective(info) & right_for(access)) != 0)
        settle(thread, slot.pte, right_for(access));
    else
        sort_out(thread, access, info);
}

void fault_page(struct thread *thread, enum fault_access access, uint64_t va) {
    if (hart_here()->tracing)
        fault_traced(thread, access, va);
    else
        fault_untraced(thread, access, va);
}

void fault_other(struct thread *thread, enum fault_access access, uint64_t va, uint64_t detail) {
    thread->va = va;
    thread->offset = detail;
    thread->badge = 0;
    if (access == FAULT_CALL && upcall_is_possible(thread)) {
        go_up(thread, label(thread, access, 0), detail, 0);
        return;
    }
    fault_unhandled(thread, label(thread, access, 0),
                    access == FAULT_EXCEPTION || access == FAULT_MISUSE ? FAULT_NO_RIGHT : FAULT_NONE);
}
