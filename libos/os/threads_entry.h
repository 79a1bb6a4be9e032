// SPDX-License-Identifier: MIT
// Between start.S and threads.c.
#pragma once

struct os_thread;

void os_thread_entry(void);
void os_thread_main(struct os_thread *self);
