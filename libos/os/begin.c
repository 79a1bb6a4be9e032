// SPDX-License-Identifier: MIT
// How a program begins and ends.
#include <os/begin.h>

#include <os/arena.h>
#include <os/handlers.h>
#include <os/stubs.h>
#include <os/threads.h>
#include <os/time.h>

#include "print_start.h"
#include "process_start.h"

#include <stddef.h>

const void *os_boot_image;
uint64_t os_boot_image_size;
uint64_t os_ticks_per_second, os_seconds_first;

static struct os_thread first;

void os_library_start(void) {
    os_arena_start();
    os_print_start();
}

void os_begin(uint64_t message_page, const void *image, uint64_t image_size, uint64_t ticks_per_second) {
    if (image_size == 0) os_program_begin(image); // init's doing, not the kernel's
    __asm__ volatile("mv tp, %0" : : "r"(&first));
    first.message = (void *)message_page;
    os_boot_image = image;
    os_boot_image_size = image_size;
    os_ticks_per_second = ticks_per_second;
    os_library_start();
    os_handler_set(os_handler_give_up);
    os_exit(main());
}

void os_exit(int status) {
    if (os_start != NULL) os_process_exit(status);
    if (os_start == NULL) os_power(HANDLE_MACHINE, POWER_HOW_OFF, (uint64_t)status);
    for (;;) os_destroy(HANDLE_SELF);
}
