// SPDX-License-Identifier: MIT
// Who runs: one queue a priority, for all harts.
#include "schedule.h"

enum { SLICES_PER_SECOND = 100 };

struct thread thread_idle, thread_gone = {.state = THREAD_DEAD};

static struct link queue[PRIORITIES];
uint32_t schedule_occupied;

static void enqueue(struct thread *thread, bool first) {
    struct link *head = &queue[thread->running_at];
    if (head->next == NULL) link_init(head);
    thread->state = THREAD_READY;
    schedule_occupied |= 1u << thread->running_at;
    list_add_last(first ? head->next : head, &thread->link);
}

void schedule_forget(struct thread *thread) {
    list_remove(&thread->link);
    if (list_empty(&queue[thread->running_at])) schedule_occupied &= ~(1u << thread->running_at);
}

static struct thread *most_urgent(void) {
    if (schedule_occupied == 0) return NULL;
    unsigned highest = PRIORITIES - 1;
    while (schedule_occupied >> highest == 0) highest--;
    return container_of(queue[highest].next, struct thread, link);
}

static void run_from_queue(struct thread *thread) {
    struct hart *hart = hart_here();
    schedule_forget(thread);
    hart->slice_end =
        timer_now() + (thread->slice_left != 0 ? thread->slice_left : timer_frequency / SLICES_PER_SECOND);
    thread->slice_left = 0;
    deadline_arm(hart);
    switch_to(thread);
}

// Let a hart know that there is something for it: one that sleeps, or the one with the least urgent work.
static void call_hart(const struct thread *thread) {
    struct hart *least = NULL;
    int least_priority = thread->running_at;
    for (struct hart *hart = harts; hart != harts + hart_count; hart++) {
        if (hart == hart_here() || !hart->online) continue;
        int priority = hart->current == &thread_idle ? -1 : hart->current->running_at;
        if (priority >= least_priority) continue;
        least = hart;
        least_priority = priority;
    }
    if (least != NULL) hart_interrupt(least);
}

void schedule_ready(struct thread *thread) {
    enqueue(thread, false);
    if (hart_count > 1) call_hart(thread);
}

void schedule_next(void) {
    struct thread *next = most_urgent();
    hart_here()->next = &thread_idle;
    if (next != NULL) run_from_queue(next);
}

void schedule_preempt(void) {
    struct hart *hart = hart_here();
    struct thread *current = hart->current;
    uint64_t now = timer_now(), occupied = schedule_occupied;
    bool over = now >= hart->slice_end;
    if (hart->next != NULL || current->state != THREAD_RUNNING) return;
    if (occupied >> (current->running_at + !over) != 0) {
        struct thread *next = most_urgent();
        current->slice_left = over ? 0 : hart->slice_end - now;
        enqueue(current, !over); // first, for what is left of its slice
        run_from_queue(next);
        if (hart_count > 1) call_hart(current);
    } else if (over) {
        hart->slice_end = now + timer_frequency / SLICES_PER_SECOND;
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
