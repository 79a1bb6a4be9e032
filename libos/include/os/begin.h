// SPDX-License-Identifier: MIT
// How a program begins: the first one, by the kernel; others by init, see <os/process.h>.
#pragma once

#include <stdint.h>

int main(void);

// The boot image, of the first program; 0 in others.
extern const void *os_boot_image;
extern uint64_t os_boot_image_size;

// C's first function. => does not return
void os_begin(uint64_t message_page, const void *image, uint64_t image_size, uint64_t ticks_per_second);

// What a space needs before anything else in the library works.
void os_library_start(void);

// Ends the process, if init started it; else the machine if HANDLE_MACHINE allows it, or the calling thread.
__attribute__((noreturn)) void os_exit(int status);
