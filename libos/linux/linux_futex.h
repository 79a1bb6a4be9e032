// SPDX-License-Identifier: MIT
// Futexes: threads that wait until a word of memory is changed.
#pragma once

struct linux_thread;

void futex_start(void);

// A thread ends: locks that it held are marked, and who waits for its end is woken.
void futex_leave(struct linux_thread *thread);
// The process ends: those locks of all threads.
void futex_leave_all(void);
