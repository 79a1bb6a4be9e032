// SPDX-License-Identifier: MIT
// Fork, in the process itself: init makes a space that is like this one, the pagers make copies of what they serve
// here, and a thread goes on there where this one stands. Nobody else takes part, and nobody waits for two.
#include <os/begin.h>
#include <os/handlers.h>
#include <os/process.h>
#include <os/stubs.h>
#include <os/threads.h>
#include <stddef.h>

#include "parts_start.h"
#include "ports_start.h"
#include "process_start.h"
#include "string.h"

// What has been made of the child, and is left to do.
struct child {
    uint64_t process, id;
    uint64_t space, thread; // handles, 0: not yet
    uint64_t cookie[OS_INHERITED];
};

uint64_t (*os_fork_first)(uint64_t process, uint64_t id, uint64_t space);
uint64_t os_fork_flags;

// ---- in the child ----

static void be_child(void) {
    struct os_thread *self = os_self();
    os_handler *handler = self->area != 0 ? self->handler : NULL;
    self->message = (void *)(OS_BASE + START_MESSAGE_PAGE);
    self->handle = OS_SLOT_THREAD;
    self->area = self->handler_stack = 0;
    os_thread_control(HANDLE_SELF, THREAD_MESSAGE_PAGE, OS_BASE + START_MESSAGE_PAGE);
    os_library_start();
    os_ports_forked();
    for (unsigned i = 0; i < os_heirloom_count; i++) {
        struct os_heirloom *heirloom = &os_heirlooms[i];
        heirloom->object->cookie = os_start->inherited[i];
        heirloom->object->pager =
            os_lookup_shared(heirloom->name, 0).value; // 0, if its server is gone: so is the object
    }
    if (handler != NULL) os_handler_set(handler);
}

// ---- in the parent ----

static uint64_t make_space(struct child *child) {
    struct message answer = os_init_ask(OS_INIT_fork, 0, os_fork_flags, 0);
    if (answer.status != STATUS_OK) return answer.status;
    child->process = answer.word[1];
    child->id = answer.word[2];
    child->space = answer.handle;
    return STATUS_OK;
}

// => a handle of the port that answers when the object's pager is dead; 0: nobody does
static uint64_t fallback_of(const struct os_object *object) {
    for (enum os_part part = 0; part < OS_PARTS; part++) {
        const struct os_part_range *range = &os_start->part[part];
        if (os_part(part) == object && range->fallback[0] != '\0') return os_lookup(range->fallback).value;
    }
    return 0;
}

// The object's copy answers for the same addresses there. => a status
static uint64_t copy_object(struct child *child, unsigned number) {
    const struct os_heirloom *heirloom = &os_heirlooms[number];
    const struct os_object *object = heirloom->object;
    struct result pager = os_lookup_shared(heirloom->name, child->process);
    if (pager.status != STATUS_OK) return pager.status;
    const uint64_t word[5] = {object->cookie, child->id, object->va, 0, child->process};
    enum pager_error error = os_pager_ask(pager.value, PAGER_CALL_fork, word, &child->cookie[number]);
    uint64_t status = error == PAGER_OK ? STATUS_OK : error == PAGER_OUT_OF_MEMORY ? STATUS_NO_MEMORY : STATUS_FAILED;
    uint64_t fallback = status == STATUS_OK ? fallback_of(object) : 0;
    if (status == STATUS_OK)
        status = os_region(child->space, object->va, object->pages, pager.value, child->cookie[number], 0,
                           RIGHT_READ | RIGHT_WRITE, fallback)
                     .status;
    if (fallback != 0) os_close(fallback);
    return status;
}

static uint64_t make_thread(struct child *child, const struct os_context *context) {
    struct result thread =
        os_thread_create(child->space, (uint64_t)os_context_resume, context->sp, (uint64_t)context, os_start->priority);
    if (thread.status == STATUS_OK) child->thread = thread.value;
    return thread.status;
}

static uint64_t begin(const struct child *child) {
    uint64_t size = os_heirloom_count * sizeof child->cookie[0];
    memcpy(os_self()->message, child->cookie, size);
    return os_init_ask(OS_INIT_begin, TAG_HANDLE | TAG_TEXT | size << TAG_TEXT_SHIFT, child->process, child->thread)
        .status;
}

// It has not come about. Copies that no region points to yet would be in their pagers' way.
static void give_up(const struct child *child) {
    const uint64_t word[5] = {child->process};
    for (unsigned i = 0; i < os_heirloom_count; i++) {
        struct result pager = os_lookup_shared(os_heirlooms[i].name, child->process);
        if (pager.status == STATUS_OK) os_pager_ask(pager.value, PAGER_CALL_forget, word, NULL);
    }
    os_kill(child->process);
}

struct result os_fork(void) {
    struct os_context context;
    struct child child = {0};
    if (os_start == NULL) return (struct result){STATUS_DENIED, 0};
    if (os_context_save(&context) != 0) {
        be_child();
        return (struct result){STATUS_OK, 0};
    }
    uint64_t status = make_space(&child);
    if (status == STATUS_OK && os_fork_first != NULL) status = os_fork_first(child.process, child.id, child.space);
    for (unsigned i = 0; i < os_heirloom_count && status == STATUS_OK; i++) status = copy_object(&child, i);
    if (status == STATUS_OK) status = make_thread(&child, &context);
    if (status == STATUS_OK) status = begin(&child);
    if (child.thread != 0) os_close(child.thread);
    if (child.space != 0) os_close(child.space);
    if (status != STATUS_OK && child.process != 0) give_up(&child);
    os_ports_close(child.process);
    return (struct result){status, status == STATUS_OK ? child.process : 0};
}
