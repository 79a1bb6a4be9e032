// SPDX-License-Identifier: MIT
// The console: what the kernel says.
#include "console.h"

#include "format.h"
#include "timer.h"

enum { LOOKS_PER_SECOND = 20, TYPED_MOST = 256, CONTROL_T = 'T' - '@' };

static struct deadline next_look;
static uint8_t typed[TYPED_MOST];
static uint32_t typed_count, read_count;

void console_write(const volatile char *text, uint64_t size) {
    while (size-- != 0) sbi_call(SBI_PUT, 0, (uint8_t)*text++, 0, 0, 0);
}

static void put(void *context, char c) {
    (void)context;
    if (c == '\n') console_write("\r", 1);
    console_write(&c, 1);
}

void print(const char *text, ...) {
    va_list arguments;
    va_start(arguments, text);
    format(put, NULL, text, arguments);
    va_end(arguments);
}

static void look(struct deadline *deadline) {
    for (int64_t c; (c = sbi_call(SBI_GET, 0, 0, 0, 0, 0).error) >= 0;) {
        if (c == CONTROL_T)
            waits_print();
        else if (typed_count - read_count < TYPED_MOST)
            typed[typed_count++ % TYPED_MOST] = (uint8_t)c;
    }
    deadline_set(deadline, timer_now() + timer_frequency / LOOKS_PER_SECOND, look);
}

void console_watch(enum console_watch what) {
    deadline_cancel(&next_look);
    if (what == CONSOLE_WATCH_KEYS) look(&next_look);
    if (what == CONSOLE_WATCH_WAITS) waits_print();
}

int console_read(void) { return read_count == typed_count ? -1 : typed[read_count++ % TYPED_MOST]; }
