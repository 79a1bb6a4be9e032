// SPDX-License-Identifier: MIT
// The console's serial line: keys come by interrupt, output goes as fast as the line takes it.
#include <os/print.h>
#include <os/process.h>
#include <os/start_block.h>
#include <os/stubs.h>
#include <os/threads.h>
#include <os/time.h>

#include "string.h"
#include "terminal.h"
#include "uart.h"

enum { CONTROL_T = 'T' - '@', ESCAPE = 27, NUMBER_MOST = 4096, ANSWER_SECONDS = 2 };

static struct uart uart;
static uint64_t source; // of its interrupts; 0: there is no line
static bool hears;

// What it was asked for, ESC [ rows ; columns R, as far as that has come.
static struct {
    uint64_t asked; // when; 0: never
    bool waits, was_answered;
    uint8_t come[16];
    unsigned count;
} size;

// ---- output ----

static int next(void *context) {
    (void)context;
    return discipline_show(&terminal_console->discipline);
}

// Without a line the kernel shows it.
static void show_otherwise(void) {
    char *text = os_self()->message;
    for (;;) {
        uint64_t count = 0;
        for (int byte; count < CONSOLE_BYTES && (byte = next(NULL)) >= 0;) text[count++] = (char)byte;
        if (count == 0) return;
        os_console(OS_SLOT_CONSOLE, CONSOLE_WRITE, count);
    }
}

static void show(void) {
    struct discipline *discipline = &terminal_console->discipline;
    uint32_t before = discipline_unseen(discipline);
    if (source != 0)
        uart_send(&uart, next, NULL);
    else
        show_otherwise();
    if (discipline_unseen(discipline) != before) queue_moved(&terminal_console->for_place);
}

void line_moved(void) {
    show();
    if (source == 0 || hears || !discipline_has_room(&terminal_console->discipline)) return;
    hears = true;
    uart_hear(&uart, true);
}

bool terminals_are_shown(void) { return discipline_unseen(&terminal_console->discipline) == 0; }

// ---- how large what is at the other end is ----

void line_ask_size(void) {
    static const char question[] = "\0337\033[999;999H\033[6n\0338";
    struct discipline *discipline = &terminal_console->discipline;
    uint32_t column = discipline->column;
    uint64_t now = os_now();
    if (source == 0 || size.waits) return;
    if (size.asked != 0 && (!size.was_answered || now - size.asked < os_ticks_per_second)) return;
    size.asked = now;
    size.waits = true;
    size.count = 0;
    discipline_write(discipline, (const uint8_t *)question, sizeof question - 1);
    discipline->column = column; // the cursor is where it was
}

// A number, at `*at`. => 0: none
static uint16_t number_at(unsigned *at) {
    uint32_t number = 0;
    while (*at < size.count && size.come[*at] >= '0' && size.come[*at] <= '9' && number < NUMBER_MOST)
        number = number * 10 + size.come[(*at)++] - '0';
    return (uint16_t)(number < NUMBER_MOST ? number : 0);
}

// => whether it may be the beginning of the answer, or all of it
static bool is_answer(bool *whole) {
    struct terminal_window window = {0};
    unsigned at = 2;
    *whole = false;
    if (size.count > 0 && size.come[0] != ESCAPE) return false;
    if (size.count > 1 && size.come[1] != '[') return false;
    if (size.count <= 2) return true;
    window.rows = number_at(&at);
    if (at == size.count) return window.rows != 0;
    if (size.come[at++] != ';' || window.rows == 0) return false;
    window.columns = number_at(&at);
    if (at == size.count) return at < sizeof size.come;
    *whole = at + 1 == size.count && size.come[at] == 'R' && window.columns != 0;
    if (*whole) terminal_set_window(terminal_console, &window);
    return *whole;
}

static void type(uint8_t byte) {
    bool whole;
    if (!size.waits) {
        terminal_type(terminal_console, byte);
        return;
    }
    size.come[size.count++] = byte;
    bool may_be = is_answer(&whole) && os_now() - size.asked < ANSWER_SECONDS * os_ticks_per_second;
    if (may_be && !whole) return;
    size.waits = false;
    size.was_answered = whole;
    for (unsigned i = 0; i < size.count && !whole; i++) terminal_type(terminal_console, size.come[i]);
}

// ---- input ----

// The other side of Ctrl-T is the kernel's: it says who waits on whom.
static void take(uint8_t byte) {
    if (byte == CONTROL_T)
        os_console(OS_SLOT_CONSOLE, CONSOLE_WATCH, CONSOLE_WATCH_WAITS);
    else
        type(byte);
}

void line_heard(void) {
    if (source == 0) return;
    int byte = 0;
    while (discipline_has_room(&terminal_console->discipline) && (byte = uart_receive(&uart)) >= 0) take((uint8_t)byte);
    if (byte >= 0) { // nobody reads: the line keeps what comes
        hears = false;
        uart_hear(&uart, false);
    }
    show();
    os_interrupt(OS_SLOT_CONSOLE, source, 0, 0);
}

// What was typed before is there.
void line_begin(void) {
    if (os_start->device_count == 0) return;
    const struct os_device *device = &os_start->device[0];
    os_console(OS_SLOT_CONSOLE, CONSOLE_WATCH, CONSOLE_WATCH_NOT);
    for (struct result key; (key = os_console(OS_SLOT_CONSOLE, CONSOLE_READ, 0)).status == STATUS_OK;)
        if (discipline_has_room(&terminal_console->discipline)) terminal_type(terminal_console, (uint8_t)key.value);
    source = device->interrupt;
    hears = true;
    uart_begin(&uart, (volatile uint8_t *)device->va);
    os_interrupt(OS_SLOT_CONSOLE, source, terminal_port, TERMINAL_HEARS);
    show();
}
