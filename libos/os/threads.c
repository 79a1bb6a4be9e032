// SPDX-License-Identifier: MIT
// Threads of a space: stack, message page, beginning and end.
#include <os/threads.h>

#include <os/arena.h>
#include <os/handles.h>
#include <os/stubs.h>

#include "threads_entry.h"

#include <stddef.h>

// A thread's addresses: its stack with its struct os_thread on top, then the place of its message page.
enum { THREAD_PAGES = OS_STACK_PAGES + 1, ENDED = 1 };

static uint64_t range_of(const struct os_thread *thread) { return (uint64_t)(thread + 1) - OS_STACK_PAGES * OS_PAGE; }

void os_thread_main(struct os_thread *self) {
    os_thread_adopt(self, (uint64_t)self->message);
    self->function(self->argument);
    os_notify(self->port, ENDED);
    os_destroy(HANDLE_SELF);
}

void os_thread_adopt(struct os_thread *self, uint64_t message) {
    __asm__ volatile("mv tp, %0" : : "r"(self));
    self->message = (void *)message;
    os_thread_control(HANDLE_SELF, THREAD_MESSAGE_PAGE, message);
}

static void free_memory(uint64_t range) {
    os_unmap(0, range, THREAD_PAGES);
    os_range_give(range, THREAD_PAGES);
}

struct os_thread *os_thread_make(void (*function)(uint64_t argument), uint64_t argument, uint64_t priority) {
    uint64_t range = os_range_take(THREAD_PAGES, 1);
    if (range == 0) return NULL;
    uint64_t top = range + OS_STACK_PAGES * OS_PAGE;
    struct os_thread *thread = (struct os_thread *)top - 1;
    if (os_alloc(range, OS_STACK_PAGES, RIGHT_READ | RIGHT_WRITE, 0, 0).status != STATUS_OK) {
        free_memory(range);
        return NULL;
    }
    struct result handle =
        os_thread_create(HANDLE_SELF, (uint64_t)os_thread_entry, (uint64_t)thread & ~15ul, (uint64_t)thread, priority);
    struct result port = os_port_create();
    *thread = (struct os_thread){.message = (void *)top,
                                 .function = function,
                                 .argument = argument,
                                 .handle = (uint32_t)handle.value,
                                 .port = (uint32_t)port.value};
    if (handle.status == STATUS_OK && port.status == STATUS_OK) return thread;
    if (handle.status == STATUS_OK) {
        os_end(handle.value);
    }
    if (port.status == STATUS_OK) {
        os_end(port.value);
    }
    free_memory(range);
    return NULL;
}

void os_thread_start(struct os_thread *thread) { os_thread_control(thread->handle, THREAD_START, 0); }

struct os_thread *os_thread_run(void (*function)(uint64_t argument), uint64_t argument, uint64_t priority) {
    struct os_thread *thread = os_thread_make(function, argument, priority);
    if (thread != NULL) os_thread_start(thread);
    return thread;
}

void os_thread_join(struct os_thread *thread) {
    os_recv(thread->port, 0);
    os_thread_kill(thread);
}

void os_thread_kill(struct os_thread *thread) {
    os_end(thread->handle);
    os_end(thread->port);
    if (thread->area != 0) os_pages_give(thread->area, 1);
    if (thread->handler_stack != 0) os_pages_give(thread->handler_stack, OS_HANDLER_STACK_PAGES);
    free_memory(range_of(thread));
}
