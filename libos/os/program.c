// SPDX-License-Identifier: MIT
// The beginning of a program that init started: it asks pagers for its own memory, then goes on in main().
#include <os/begin.h>
#include <os/stubs.h>
#include <os/threads.h>
#include <os/time.h>

#include "process_start.h"

static struct os_thread first;

static void go_on(void) {
    os_start = (const struct os_start_block *)OS_START_BLOCK;
    os_ticks_per_second = os_start->ticks_per_second;
    first = (struct os_thread){.message = (void *)START_MESSAGE_PAGE, .handle = OS_SLOT_THREAD};
    __asm__ volatile("mv tp, %0" : : "r"(&first));
    os_library_start();
    os_exit(main());
}

void os_program_begin(const struct os_start_block *block) {
    (void)block;
    os_thread_control(HANDLE_SELF, THREAD_MESSAGE_PAGE, START_MESSAGE_PAGE);
    os_on_stack(OS_STACK_TOP, go_on);
}
