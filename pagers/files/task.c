// SPDX-License-Identifier: MIT
// Tasks.
//
//   each     guard page, never there | stack ... | text
#include "task.h"

#include <os/pager.h>
#include <os/threads.h>

#include "string.h"
#include "task_switch.h"
#include "windows.h"

enum {
    PAGE = 4096,
    STACK_PAGES = 8,
    PLACE = 65536, // addresses of each
};

static struct task tasks[TASKS_MOST];
static unsigned made;
static struct link ready, unused;
static struct task *current;
static bool is_held;
static uint64_t loop_sp; // of who runs them

static void begin(void) {
    for (;;) {
        struct task *self = current;
        self->function(self);
        list_add_first(&unused, &self->link);
        task_switch(&self->sp, loop_sp);
    }
}

void tasks_begin(void) {
    link_init(&ready);
    link_init(&unused);
}

static struct task *make(void) {
    if (made == TASKS_MOST) return NULL;
    uint64_t place = WINDOW_TASKS + (uint64_t)made * PLACE, pages = STACK_PAGES + 1;
    if (os_alloc(place + PAGE, pages, RIGHT_READ | RIGHT_WRITE, 0, 0).status != STATUS_OK) {
        os_unmap(0, place + PAGE, pages);
        return NULL;
    }
    struct task *task = &tasks[made++];
    uint64_t top = place + (1 + STACK_PAGES) * PAGE;
    *task = (struct task){.text = (char *)top, .sp = top - sizeof(struct task_frame)};
    *(struct task_frame *)task->sp = (struct task_frame){.ra = (uint64_t)begin};
    return task;
}

bool task_start(void (*function)(struct task *task), const struct message *request) {
    struct task *task;
    if (!list_empty(&unused)) {
        task = container_of(unused.next, struct task, link);
        list_take(&task->link);
    } else {
        task = make();
    }
    if (task == NULL) return false;
    task->function = function;
    task->text_size = 0;
    if (request != NULL) {
        task->request = *request;
        if ((request->tag & TAG_TEXT) != 0) task->text_size = TAG_TEXT_SIZE(request->tag);
        memcpy(task->text, os_self()->message, task->text_size);
    }
    list_add_last(&ready, &task->link);
    return true;
}

void tasks_run(void) {
    if (current != NULL || is_held) return;
    while (!list_empty(&ready)) {
        current = container_of(ready.next, struct task, link);
        list_take(&current->link);
        task_switch(&loop_sp, current->sp);
        current = NULL;
    }
}

void tasks_hold(bool held) { is_held = held; }

bool task_is_one(void) { return current != NULL; }

void task_wait(struct link *list) {
    struct task *self = current;
    list_add_last(list, &self->link);
    task_switch(&self->sp, loop_sp);
}

void task_wake(struct link *list) {
    while (!list_empty(list)) {
        struct link *first = list->next;
        list_take(first);
        list_add_last(&ready, first);
    }
}

void lock_take(struct lock *lock) {
    if (lock->taken) {
        task_wait(&lock->waiting); // whoever gives it leaves it taken
    } else {
        lock->taken = true;
    }
}

void lock_give(struct lock *lock) {
    if (list_empty(&lock->waiting)) {
        lock->taken = false;
        return;
    }
    struct link *first = lock->waiting.next;
    list_take(first);
    list_add_last(&ready, first);
}
