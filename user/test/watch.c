// SPDX-License-Identifier: MIT
// A thread of a higher priority that ends the machine when a test takes too long.
#include "watch.h"

#include <os/begin.h>
#include <os/print.h>
#include <os/stubs.h>
#include <os/threads.h>
#include <os/time.h>

#include "settings.h"

#include <stddef.h>
#include <stdint.h>

enum { WATCH_PRIORITY = 16, PERIOD = 1000000, SECONDS_MOST = 120 };

static const char *volatile running;
static volatile uint32_t periods;

static void watch(uint64_t argument) {
    (void)argument;
    uint64_t port = os_port_create().value;
    for (;;) {
        os_timer(port, 1, os_after(PERIOD));
        os_recv(port, 0);
        if (running != NULL && ++periods > settings_number("limit", SECONDS_MOST)) {
            os_print("Bail out! %s does not end\n", running);
            os_exit(1);
        }
    }
}

void watch_start(void) { os_thread_run(watch, 0, WATCH_PRIORITY); }

void watch_begin(const char *name) {
    periods = 0;
    running = name;
}

void watch_end(void) { running = NULL; }
