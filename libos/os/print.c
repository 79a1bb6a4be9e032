// SPDX-License-Identifier: MIT
// Text for the console, through the message page.
#include <os/print.h>

#include <os/begin.h>
#include <os/mutex.h>
#include <os/stubs.h>
#include <os/threads.h>

#include "format.h"
#include "print_start.h"
#include "string.h"

#include <stdarg.h>

static struct os_mutex mutex;

void os_print_start(void) { os_mutex_start(&mutex); }

void os_write(const char *text, size_t length) {
    os_mutex_lock(&mutex);
    while (length > 0) {
        size_t chunk = length < CONSOLE_BYTES ? length : CONSOLE_BYTES;
        memcpy(os_self()->message, text, chunk);
        if (os_console(HANDLE_MACHINE, CONSOLE_WRITE, chunk).status != STATUS_OK) break;
        text += chunk;
        length -= chunk;
    }
    os_mutex_unlock(&mutex);
}

void os_print(const char *text, ...) {
    char buffer[OS_PRINT_LIMIT];
    va_list arguments;
    va_start(arguments, text);
    size_t length = format_list_to(buffer, sizeof buffer, text, arguments);
    va_end(arguments);
    os_write(buffer, length < sizeof buffer ? length : sizeof buffer - 1);
}

const char *os_status_name(unsigned long status) {
    static const char *const names[] = {
#define STATUS(name, sentence) #name,
#include <abi/status.def>
#undef STATUS
    };
    return status < STATUS_COUNT ? names[status] : "no status";
}
