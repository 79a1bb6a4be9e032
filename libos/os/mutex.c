// SPDX-License-Identifier: MIT
// A lock between the threads of a space: a count, and a port where all but the first wait.
#include <os/mutex.h>

#include <os/handles.h>
#include <os/stubs.h>

void os_mutex_start(struct os_mutex *mutex) { *mutex = (struct os_mutex){0, (uint32_t)os_port_create().value}; }

void os_mutex_end(struct os_mutex *mutex) { os_end(mutex->port); }

void os_mutex_lock(struct os_mutex *mutex) {
    if (__atomic_fetch_add(&mutex->users, 1, __ATOMIC_ACQUIRE) > 0) os_recv(mutex->port, 0);
}

// One is woken for each unlock, and only who was woken unlocks next: the bit never stands for two.
void os_mutex_unlock(struct os_mutex *mutex) {
    if (__atomic_fetch_sub(&mutex->users, 1, __ATOMIC_RELEASE) > 1) os_notify(mutex->port, 1);
}
