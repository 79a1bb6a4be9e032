// SPDX-License-Identifier: MIT
// Tasks: what may have to wait for the disk, each on a stack of its own, all on one thread. A task runs until it waits.
#pragma once

#include <os/stubs.h>
#include <stdbool.h>
#include <stdint.h>

#include "list.h"

enum { TASKS_MOST = 128 };

struct task {
    uint64_t sp; // while it does not run
    struct link link;
    void (*function)(struct task *task);
    struct message request; // that it is to answer
    char *text;             // a page: the request's text; may be written to
    uint64_t text_size;
};

void tasks_begin(void);

// The message's text is still in the message page. It runs at the next tasks_run(). => false: they are all in use
bool task_start(void (*function)(struct task *task), const struct message *request);

// Until none is ready. From within a task, or while they are held: nothing, they will be run anyway.
void tasks_run(void);
void tasks_hold(bool held);

// Is this a task, and may it wait?
bool task_is_one(void);
// The calling task waits until somebody wakes those in the list.
void task_wait(struct link *list);
void task_wake(struct link *list);

// A lock between tasks; who comes first has it first.
struct lock {
    struct link waiting;
    bool taken;
};

static inline void lock_init(struct lock *lock) {
    link_init(&lock->waiting);
    lock->taken = false;
}

void lock_take(struct lock *lock);
void lock_give(struct lock *lock);
