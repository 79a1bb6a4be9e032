// SPDX-License-Identifier: MIT
// A thread's own handler of faults: its stack, its area, and the entry in start.S.
#include <os/handlers.h>

#include <os/arena.h>
#include <os/begin.h>
#include <os/print.h>
#include <os/threads.h>

#include "layout.h"

#include <stddef.h>

_Static_assert(offsetof(struct os_fault, message.tag) == FRAME_TAG &&
                   offsetof(struct os_fault, message.word) == FRAME_WORD &&
                   offsetof(struct os_fault, message.token) == FRAME_TOKEN &&
                   offsetof(struct os_fault, message.badge) == FRAME_BADGE &&
                   offsetof(struct os_fault, message.handle) == FRAME_HANDLE &&
                   offsetof(struct os_fault, flags) == FRAME_FLAGS && offsetof(struct os_fault, va) == FRAME_VA &&
                   offsetof(struct os_fault, pages) == FRAME_PAGES &&
                   offsetof(struct os_fault, rights) == FRAME_RIGHTS && sizeof(struct os_fault) == FRAME_SIZE &&
                   FRAME_SIZE % 16 == 0,
               "start.S builds a struct os_fault on the stack");
_Static_assert(offsetof(struct os_thread, handler) == THREAD_HANDLER, "start.S finds the handler");
_Static_assert((int)CALL_resume == CALL_RESUME, "start.S ends an upcall");

uint64_t os_handler_set(os_handler *handler) {
    struct os_thread *self = os_self();
    if (self->area == 0) self->area = os_pages_take(1);
    if (self->handler_stack == 0) self->handler_stack = os_pages_take(OS_HANDLER_STACK_PAGES);
    if (self->area == 0 || self->handler_stack == 0) return STATUS_NO_MEMORY;
    self->handler = handler;
    return os_upcall((uint64_t)os_handler_entry, self->handler_stack + OS_HANDLER_STACK_PAGES * OS_PAGE, self->area)
        .status;
}

void os_handler_give_up(struct upcall_registers *interrupted, struct os_fault *fault) {
    static const char *const accesses[] = {"read", "write", "execute", "exception", "call", "misuse"};
    uint64_t label = TAG_LABEL(fault->message.tag), access = FAULT_ACCESS(label);
    os_print("# unexpected fault: %s, error %lu, va 0x%lx, word2 0x%lx, pc %p, ra %p, sp %p\n",
             access <= FAULT_MISUSE ? accesses[access] : "?", FAULT_ERROR(label), fault->message.word[1],
             fault->message.word[2], (void *)interrupted->pc, (void *)interrupted->x[0], (void *)interrupted->x[1]);
    os_exit(1);
}
