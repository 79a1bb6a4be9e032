// SPDX-License-Identifier: MIT
// A lock between the threads of a space: a count, and a port where all but the first wait. It is made when there is a
// second one: few locks are ever contended for, and a process that forks has them all to make again.
#include <os/mutex.h>

#include <os/handles.h>
#include <os/stubs.h>
#include <stdbool.h>

static uint64_t port_of(struct os_mutex *mutex) {
    uint32_t port = __atomic_load_n(&mutex->port, __ATOMIC_ACQUIRE);
    while (port == 0) {
        struct result made = os_port_create();
        if (made.status != STATUS_OK) continue; // it cannot do without: perhaps somebody gives something back
        if (__atomic_compare_exchange_n(&mutex->port, &port, (uint32_t)made.value, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE))
            return made.value;
        os_end(made.value);
    }
    return port;
}

void os_mutex_start(struct os_mutex *mutex) { *mutex = (struct os_mutex){0}; }

void os_mutex_end(struct os_mutex *mutex) {
    if (mutex->port != 0) os_end(mutex->port);
}

void os_mutex_lock(struct os_mutex *mutex) {
    if (__atomic_fetch_add(&mutex->users, 1, __ATOMIC_ACQUIRE) > 0) os_recv(port_of(mutex), 0);
}

// One is woken for each unlock, and only who was woken unlocks next: the bit never stands for two.
void os_mutex_unlock(struct os_mutex *mutex) {
    if (__atomic_fetch_sub(&mutex->users, 1, __ATOMIC_RELEASE) > 1) os_notify(port_of(mutex), 1);
}
