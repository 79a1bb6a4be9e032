// SPDX-License-Identifier: MIT
// Who runs: one queue a priority, for all harts.
#include "schedule.h"

enum {
    SLICES_PER_SECOND = 100,
};

struct thread thread_idle, thread_gone = {.state = THREAD_DEAD};

static struct link queue[PRIORITIES];
uint32_t schedule_occupied;

static unsigned highest_bit(uint32_t bits) {
    unsigned highest = 0;
    for (unsigned step = 16; step != 0; step /= 2) {
        if (bits >> step != 0) {
            bits >>= step;
            highest += step;
        }
    }
    return highest;
}

static void enqueue(struct thread *thread, bool first) {
    struct link *head = &queue[thread->running_at];
    if (head->next == NULL) link_init(head);
    thread->state = THREAD_READY;
    schedule_occupied |= 1u << thread->running_at;
    if (first)
        list_add_first(head, &thread->link);
    else
        list_add_last(head, &thread->link);
}

void schedule_forget(struct thread *thread) {
    list_remove(&thread->link);
    if (list_empty(&queue[thread->running_at])) schedule_occupied &= ~(1u << thread->running_at);
}

static struct thread *most_urgent(void) {
    if (schedule_occupied == 0) return NULL;
    return container_of(queue[highest_bit(schedule_occupied)].next, struct thread, link);
}

static void run_from_queue(struct thread *thread) {
    struct hart *hart = hart_here();
    schedule_forget(thread);
    uint64_t slice = thread->slice_left != 0 ? thread->slice_left : timer_frequency / SLICES_PER_SECOND;
    thread->slice_left = 0;
    hart->slice_end = timer_now() + slice;
    deadline_arm(hart);
    switch_to(thread);
}

// The current thread makes room for another: first of its queue for what is left of its slice, or last.
static void preempt(struct thread *current) {
    uint64_t now = timer_now(), end = hart_here()->slice_end;
    current->slice_left = end > now ? end - now : 0;
    enqueue(current, current->slice_left != 0);
}

// Let a hart know that there is something for it: one that sleeps, or the one with the least urgent work.
static void call_hart(const struct thread *thread) {
    struct hart *least = NULL;
    unsigned least_priority = thread->running_at;
    for (uint32_t i = 0; i < hart_count; i++) {
        struct hart *hart = &harts[i];
        if (hart == hart_here() || !hart->online) continue;
        if (hart->current == &thread_idle) {
            hart_interrupt(hart);
            return;
        }
        if (hart->current->running_at < least_priority) {
            least = hart;
            least_priority = hart->current->running_at;
        }
    }
    if (least != NULL) hart_interrupt(least);
}

void schedule_ready(struct thread *thread) {
    enqueue(thread, false);
    if (hart_count > 1) call_hart(thread);
}

void schedule_preempt(void) {
    const struct hart *hart = hart_here();
    struct thread *current = hart->current, *next = most_urgent();
    if (hart->next != NULL || current->state != THREAD_RUNNING || next == NULL ||
        next->running_at <= current->running_at)
        return;
    enqueue(current, true);
    run_from_queue(next);
    if (hart_count > 1) call_hart(current);
}

void schedule_next(void) {
    struct thread *next = most_urgent();
    if (next != NULL) {
        run_from_queue(next);
        return;
    }
    hart_here()->next = &thread_idle;
}

void schedule_tick(void) {
    struct hart *hart = hart_here();
    struct thread *current = hart->current, *next = most_urgent();
    if (current == &thread_idle || current->state != THREAD_RUNNING || hart->next != NULL) return;
    bool over = timer_now() >= hart->slice_end;
    if (next != NULL && (next->running_at > current->running_at || (over && next->running_at == current->running_at))) {
        preempt(current);
        run_from_queue(next);
        return;
    }
    if (over) {
        hart->slice_end = timer_now() + timer_frequency / SLICES_PER_SECOND;
        deadline_arm(hart);
    }
}

void schedule_idle(void) {
    struct hart *hart = hart_here();
    hart->current = &thread_idle;
    hart->registers = NULL;
    hart->slice_end = TIMER_NEVER;
    while (most_urgent() == NULL) {
        deadline_arm(hart);
        if (hart->space != NULL && hart->space->object.dead) space_leave();
        hart_sleep();
    }
    run_from_queue(most_urgent());
}

void schedule_priority(struct thread *thread, unsigned priority) {
    bool queued = thread->state == THREAD_READY;
    if (queued) schedule_forget(thread);
    if (thread->running_at == thread->priority) thread->running_at = (uint8_t)priority;
    thread->priority = (uint8_t)priority;
    if (queued) schedule_ready(thread);
}
