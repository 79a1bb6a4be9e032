// SPDX-License-Identifier: MIT
// Making a space that runs a function of this program.
#include <os/child.h>

#include <os/arena.h>
#include <os/begin.h>
#include <os/handles.h>
#include <os/process.h>
#include <os/ranges.h>
#include <os/threads.h>

#include "child_main.h"
#include "string.h"

enum { STACK_SIZE = 4 * OS_PAGE };

extern char program_start[], rodata_start[], data_start[], shared_start[], program_end[];

// Of the first thread of a child; its maker writes `function` and `argument` before it starts.
static struct os_thread first;
static char stack[STACK_SIZE] __attribute__((aligned(16)));

void os_child_main(void) {
    first.handle = OS_CHILD_THREAD;
    first.area = first.handler_stack = 0;
    os_thread_adopt(&first, OS_BASE + START_MESSAGE_PAGE);
    os_start = NULL; // its maker's
    os_library_start();
    first.function(first.argument);
    os_notify(OS_CHILD_PORT, OS_CHILD_DONE);
    os_destroy(HANDLE_SELF);
}

static uint64_t pages_between(const char *start, const char *end) {
    return ((uint64_t)end - (uint64_t)start + OS_PAGE - 1) / OS_PAGE;
}

// A part of the program, its pages at `from` in our space, as a region of the child.
static bool lend(const struct os_child *child, const char *start, const char *end, uint64_t from, uint64_t rights) {
    uint64_t va = (uint64_t)start, pages = pages_between(start, end);
    if (pages == 0) return true;
    return os_region_range(child->space, va, pages, child->port, OS_BADGE_PROGRAM, va, rights & RIGHTS_ACCESS, 0)
                   .status == STATUS_OK &&
           os_map2_range(from, child->id, va, pages, rights).status == STATUS_OK;
}

static bool lend_program(struct os_child *child, void (*function)(uint64_t argument), uint64_t argument) {
    const uint64_t read = RIGHT_READ | RIGHT_SHARE, write = read | RIGHT_WRITE;
    child->copy = os_pages_take(pages_between(data_start, shared_start));
    if (child->copy == 0) return false;
    memcpy((void *)child->copy, data_start, (size_t)(shared_start - data_start));
    struct os_thread *its_first = (struct os_thread *)(child->copy + (uint64_t)((char *)&first - data_start));
    its_first->function = function;
    its_first->argument = argument;
    return lend(child, program_start, rodata_start, (uint64_t)program_start, read | RIGHT_EXECUTE) &&
           lend(child, rodata_start, data_start, (uint64_t)rodata_start, read) &&
           lend(child, data_start, shared_start, child->copy, write) &&
           lend(child, shared_start, program_end, (uint64_t)shared_start, write);
}

// A handle of the port with this badge goes to `slot` of the child.
static bool give_port(const struct os_child *child) {
    struct result minted = os_mint(child->port, HANDLE_SEND | HANDLE_NOTIFY | HANDLE_PASS, OS_BADGE_CALL);
    if (minted.status != STATUS_OK) return false;
    bool given = os_give(child->space, minted.value, OS_CHILD_PORT).status == STATUS_OK;
    os_close(minted.value);
    return given;
}

// Faults that nobody handles, and the end, are told at our port.
static bool keep(const struct os_child *child) {
    struct result minted = os_mint(child->port, HANDLE_SEND, OS_BADGE_EXCEPTION);
    if (minted.status != STATUS_OK) return false;
    bool kept = os_space_control(child->space, SPACE_EXCEPTION_PORT, minted.value, 0).status == STATUS_OK &&
                os_space_control(child->space, SPACE_KEEPER, child->port, OS_CHILD_ENDED).status == STATUS_OK;
    os_close(minted.value);
    return kept;
}

static bool make_thread(struct os_child *child) {
    struct result made =
        os_thread_create(child->space, (uint64_t)os_child_main, (uint64_t)stack + sizeof stack, 0, OS_PRIORITY);
    if (made.status != STATUS_OK) return false;
    child->thread = (uint32_t)made.value;
    return os_give(child->space, child->thread, OS_CHILD_THREAD).status == STATUS_OK;
}

bool os_child_make(struct os_child *child, void (*function)(uint64_t argument), uint64_t argument, uint64_t quota,
                   unsigned rank) {
    *child = (struct os_child){0};
    struct result space = os_space_create(quota, rank);
    if (space.status != STATUS_OK) return false;
    child->space = (uint32_t)space.value;
    child->id = os_space_control(child->space, SPACE_ID, 0, 0).value;
    struct result port = os_port_create();
    child->port = (uint32_t)port.value;
    uint64_t own = (START_END - OS_ARENA_START) / OS_PAGE;
    if (port.status == STATUS_OK && lend_program(child, function, argument) &&
        os_region_range(child->space, OS_BASE + OS_ARENA_START, own, REGION_SELF, 0, 0, RIGHTS_ACCESS, 0).status ==
            STATUS_OK &&
        give_port(child) && keep(child) && make_thread(child))
        return true;
    os_child_end(child);
    return false;
}

void os_child_start(struct os_child *child) { os_thread_control(child->thread, THREAD_START, 0); }

// It was another that stopped. A thread that is not stopped does not show its registers.
static bool first_thread_lives(const struct os_child *child) {
    return os_thread_control(child->thread, THREAD_GET_REGISTERS, 0).status == STATUS_DENIED;
}

bool os_child_wait(struct os_child *child, struct message *last) {
    do *last = os_recv(child->port, 0);
    while (last->status == STATUS_OK && TAG_KIND(last->tag) == MESSAGE_NOTIFY && last->word[0] == OS_CHILD_ENDED &&
           first_thread_lives(child));
    return last->status == STATUS_OK && TAG_KIND(last->tag) == MESSAGE_NOTIFY && (last->word[0] & OS_CHILD_DONE) != 0;
}

static void forget(uint32_t handle) {
    if (handle != 0) os_end(handle);
}

void os_child_end(struct os_child *child) {
    forget(child->space);
    if (child->thread != 0) os_close(child->thread);
    forget(child->port);
    if (child->copy != 0) os_pages_give(child->copy, pages_between(data_start, shared_start));
    *child = (struct os_child){0};
}
