// SPDX-License-Identifier: MIT
// Terminals: the serial line's, and pseudo-terminals, the other side of which a program holds.
#pragma once

#include <os/unix_terminal.h>

#include "discipline.h"
#include "streams.h"

enum { PSEUDO_TERMINALS = 32 };

struct terminal_window {
    uint16_t rows, columns, width, height;
};

struct terminal {
    struct discipline discipline;
    uint32_t device;              // 0: unused
    uint32_t programs, keepers;   // streams: of programs; of who has the other side
    uint64_t opened;              // it was hung up so many times: who opened it before has it no more
    uint32_t session, foreground; // whose it is; 0: nobody's
    struct terminal_window window;
    struct queue for_keys, for_place;    // who reads, who writes
    struct queue for_output, for_typing; // who does on the other side
    uint64_t due;                        // when a read that does not wait for ever is over
    bool is_due, locked, had_programs;
};

extern struct terminal terminals[1 + PSEUDO_TERMINALS]; // the first is the console
extern uint64_t terminal_port;

#define terminal_console (&terminals[0])

// Bits of the port that are for terminals.
#define TERMINAL_HEARS (UINT64_C(1) << 62)
#define TERMINAL_TIMER (UINT64_C(1) << 61)

void terminals_begin(uint64_t port);
void terminals_heard(uint64_t bits);
// All that waits to be shown is; then the server may end.
bool terminals_are_shown(void);

// A terminal as it is when it comes about.
void terminal_make(struct terminal *terminal, uint32_t device);
// It is no more, if nobody has it.
void terminal_drop(struct terminal *terminal);
// => NULL: there is none
struct terminal *terminal_find(uint32_t device);
// The session's. => NULL: it has none
struct terminal *terminal_of(uint32_t session);

// Something was typed there.
void terminal_type(struct terminal *terminal, uint8_t byte);
// There is output to be shown, or room for more to be typed.
void terminal_moved(struct terminal *terminal);
// Those who have it lose it; who is in the foreground is told.
void terminal_hang_up(struct terminal *terminal);
// The leader of the session has ended.
void terminal_session_ended(uint32_t session);

// It becomes the terminal of the asker's session. => DENIED: it cannot
enum unix_error terminal_take(struct terminal *terminal, const struct record *asker, bool from_others);
void terminal_set_window(struct terminal *terminal, const struct terminal_window *window);
// UNIX_BACKGROUND: the asker has to be stopped first.
enum unix_error terminal_may(const struct terminal *terminal, const struct record *asker, bool anyway);

// The `control` of both sides.
void terminal_control(struct terminal *terminal, struct record *asker, uint64_t what, uint64_t value,
                      struct answer *answer);

extern const struct stream_kind kind_terminal, kind_keeper;

// ---- the serial line ----

void line_begin(void);
// There is output, or room for what was typed.
void line_moved(void);
void line_heard(void);
// Ask what is at its other end how large it is, if anything there can tell.
void line_ask_size(void);
