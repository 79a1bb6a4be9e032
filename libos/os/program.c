// SPDX-License-Identifier: MIT
// The beginning of a program that init started: it asks pagers for its own memory, then goes on in main().
#include <os/begin.h>
#include <os/stubs.h>
#include <os/threads.h>
#include <os/time.h>

#include "format.h"
#include "parts_start.h"
#include "process_start.h"
#include "string.h"

enum { NOT_BEGUN = 125 }; // the exit status

static struct os_thread first;

static void go_on(const void *served) {
    os_start = (const struct os_start_block *)(OS_BASE + OS_START_BLOCK);
    os_ticks_per_second = os_start->ticks_per_second;
    os_seconds_first = os_start->seconds;
    first = (struct os_thread){.message = (void *)(OS_BASE + START_MESSAGE_PAGE), .handle = OS_SLOT_THREAD};
    __asm__ volatile("mv tp, %0" : : "r"(&first));
    os_library_start();
    os_parts_start(served);
    os_exit(main());
}

// ---- on the start stack, without data: no global, no function that has one ----

static __attribute__((noreturn)) void refuse(const struct os_start_block *block, const char *kind, const char *why) {
    size_t length = format_to((char *)(OS_BASE + START_MESSAGE_PAGE), CONSOLE_BYTES, "%s: no memory of kind %s: %s\n",
                              block->words, kind, why);
    os_console(OS_SLOT_CONSOLE, CONSOLE_WRITE, length < CONSOLE_BYTES ? length : CONSOLE_BYTES);
    for (;;) os_call(OS_SLOT_INIT, MESSAGE_CALL | (uint64_t)OS_INIT_exit << TAG_LABEL_SHIFT, NOT_BEGUN, 0, 0, 0, 0);
}

static struct message lookup(const char *kind) {
    uint64_t length = string_length(kind) + 1;
    memcpy((char *)(OS_BASE + START_MESSAGE_PAGE), kind, length);
    uint64_t tag = MESSAGE_CALL | TAG_TEXT | length << TAG_TEXT_SHIFT | (uint64_t)OS_INIT_lookup << TAG_LABEL_SHIFT;
    struct message answer = os_call(OS_SLOT_INIT, tag, 0, 0, 0, 0, 0);
    if (answer.status == STATUS_OK) answer.status = answer.word[0];
    return answer;
}

static void serve_part(const struct os_start_block *block, enum os_part part, struct os_object *object) {
    const struct os_part_range *range = &block->part[part];
    uint64_t options = RIGHT_READ | RIGHT_WRITE;
    if (block->pays != 0) options |= PAGER_CLIENT_PAYS;
    if (part == OS_PART_heap) options |= PAGER_EMPTY;
    if (part == OS_PART_stack) options |= PAGER_STACK;
    *object = (struct os_object){0};
    if (range->kind[0] == '\0') return;
    struct message pager = lookup(range->kind);
    if (pager.status != STATUS_OK) refuse(block, range->kind, "its server is gone");
    struct message fallback = {0};
    if (range->fallback[0] != '\0') fallback = lookup(range->fallback); // not there: without it
    enum pager_error error = os_attach_with(object, pager.handle, range->kind, range->va, range->pages, options,
                                            part == OS_PART_data ? OS_SLOT_SOURCE : 0, fallback.handle);
    if (fallback.handle != 0) os_close(fallback.handle);
    if (error != PAGER_OK) refuse(block, range->kind, pager_error_sentence(error));
}

void os_program_begin(const struct os_start_block *block) {
    struct os_object served[OS_PARTS]; // stays where it is: nobody uses this stack again
    os_thread_control(HANDLE_SELF, THREAD_MESSAGE_PAGE, OS_BASE + START_MESSAGE_PAGE);
    for (enum os_part part = 0; part < OS_PARTS; part++) serve_part(block, part, &served[part]);
    os_on_stack(served, go_on, OS_BASE + OS_STACK_TOP);
}
