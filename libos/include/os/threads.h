// SPDX-License-Identifier: MIT
// Threads of a space, and what each knows of itself.
#pragma once

#include <os/handlers.h>
#include <stdint.h>

enum {
    OS_STACK_PAGES = 4,
    OS_HANDLER_STACK_PAGES = 3,
    OS_PRIORITY = 8, // that threads usually have; the first one has more
};

// tp points to it.
struct os_thread {
    void *message;                // its message page
    uint64_t area, handler_stack; // of upcalls; 0 before the first handler
    os_handler *handler;
    void (*function)(uint64_t argument);
    uint64_t argument;
    uint32_t handle, port; // of the thread itself; where its end is told
};

static inline struct os_thread *os_self(void) {
    struct os_thread *self;
    __asm__("mv %0, tp" : "=r"(self));
    return self;
}

// A thread of this space that runs function(argument), once started.
// => NULL when there is no memory
struct os_thread *os_thread_make(void (*function)(uint64_t argument), uint64_t argument, uint64_t priority);
void os_thread_start(struct os_thread *thread);

// Make and start.
struct os_thread *os_thread_run(void (*function)(uint64_t argument), uint64_t argument, uint64_t priority);

// Waits until the function has returned; then the thread is no more.
void os_thread_join(struct os_thread *thread);

// Ends it, wherever it is.
void os_thread_kill(struct os_thread *thread);

// Makes `self` the thread's own, for one that the library did not start; its message page goes to `message`.
void os_thread_adopt(struct os_thread *self, uint64_t message);
