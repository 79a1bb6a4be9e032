// SPDX-License-Identifier: MIT
// A second space that runs a function of this program: same text, its own copy of the data as it is now.
//
// The maker pages the program's region of the child, by a port where everything about the child arrives: its messages,
// faults that nobody else answers, its end. What stands in OS_SHARED is one and the same memory in both.
#pragma once

#include <os/stubs.h>
#include <stdbool.h>
#include <stdint.h>

// For variables; they begin as zero.
#define OS_SHARED __attribute__((section(".shared")))

// Handles that a child finds.
enum {
    OS_CHILD_PORT = 2,   // to send to and notify its maker
    OS_CHILD_THREAD = 3, // its first thread
    OS_CHILD_SLOTS = 4,  // the first slot that is free
};

// Badges at the maker's port.
enum {
    OS_BADGE_CALL = 1,  // from OS_CHILD_PORT
    OS_BADGE_PROGRAM,   // a fault in the program's own region
    OS_BADGE_EXCEPTION, // what nobody else handles
};

// Notification bits at the maker's port; the child may use those below.
#define OS_CHILD_DONE  (UINT64_C(1) << 63) // the function has returned
#define OS_CHILD_ENDED (UINT64_C(1) << 62) // from the kernel: a thread has stopped, or the space is no more

struct os_child {
    uint32_t space, thread, port; // handles
    uint64_t id;
    uint64_t copy; // the pages of its data
};

// Its first thread will run function(argument). It may take `quota` frames, of ours.
// => false, and nothing is left, when there is no memory
bool os_child_make(struct os_child *child, void (*function)(uint64_t argument), uint64_t argument, uint64_t quota,
                   unsigned rank);
void os_child_start(struct os_child *child);

// Waits for the function to return. => false when the child ended otherwise: `last` is the message that told so
bool os_child_wait(struct os_child *child, struct message *last);

// Destroys it and gives everything back.
void os_child_end(struct os_child *child);
