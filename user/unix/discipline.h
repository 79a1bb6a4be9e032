// SPDX-License-Identifier: MIT
// A terminal's line discipline: what was typed becomes what is read, and what is written what the device shows. Pure:
// it is told what was typed and when, and asked what may be read and what is to be shown.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// As Linux has them in its struct termios, so that programs' own can be taken as they are.
enum input_flag {
    INPUT_STRIP = 0x20,           // ISTRIP
    INPUT_NEWLINE_RETURN = 0x40,  // INLCR
    INPUT_NO_RETURN = 0x80,       // IGNCR
    INPUT_RETURN_NEWLINE = 0x100, // ICRNL
    INPUT_STOPS_OUTPUT = 0x400,   // IXON
    INPUT_ANY_STARTS = 0x800,     // IXANY
    INPUT_UTF8 = 0x4000,          // IUTF8
};
enum output_flag {
    OUTPUT_WORKED = 0x1,            // OPOST
    OUTPUT_NEWLINE_RETURN = 0x4,    // ONLCR
    OUTPUT_RETURN_NEWLINE = 0x8,    // OCRNL
    OUTPUT_NO_SECOND_RETURN = 0x10, // ONOCR
    OUTPUT_NEWLINE_RETURNS = 0x20,  // ONLRET
    OUTPUT_TABS = 0x1800,           // TABDLY; all of it: XTABS
};
enum local_flag {
    LOCAL_SIGNALS = 0x1,         // ISIG
    LOCAL_LINES = 0x2,           // ICANON
    LOCAL_ECHO = 0x8,            // ECHO
    LOCAL_ECHO_ERASE = 0x10,     // ECHOE
    LOCAL_ECHO_KILL = 0x20,      // ECHOK
    LOCAL_ECHO_NEWLINE = 0x40,   // ECHONL
    LOCAL_NO_FLUSH = 0x80,       // NOFLSH
    LOCAL_STOPS_WRITERS = 0x100, // TOSTOP
    LOCAL_ECHO_CONTROL = 0x200,  // ECHOCTL
    LOCAL_ERASE_LINE = 0x800,    // ECHOKE
    LOCAL_EXTENDED = 0x8000,     // IEXTEN
};
enum mode_character {
    KEY_INTERRUPT,
    KEY_QUIT,
    KEY_ERASE,
    KEY_KILL,
    KEY_END,
    MODE_TIME,
    MODE_LEAST,
    KEY_START = 8,
    KEY_STOP,
    KEY_SUSPEND,
    KEY_LINE,
    KEY_REPRINT,
    KEY_WORD = 14,
    KEY_LITERAL,
    KEY_LINE_2,
    MODE_CHARACTERS = 19,
};

struct terminal_modes {
    uint32_t input, output, control, local;
    uint8_t line, character[MODE_CHARACTERS];
};

enum typed_signal { TYPED_NOTHING = 0, TYPED_INTERRUPT = 2, TYPED_QUIT = 3, TYPED_SUSPEND = 20 }; // Linux's numbers

enum { DISCIPLINE_BUFFER = 4096 };

struct discipline {
    struct terminal_modes modes;
    uint64_t tenth;               // of a second, in the unit of all times here
    uint64_t typed_at;            // the last byte
    uint32_t head, begun, tail;   // input: all up to `head`, whole lines up to `begun`, what has been read
    uint32_t read_from;           // what `tail` was before the last read
    uint32_t written, shown;      // output, in the same way
    uint32_t column, line_column; // of the cursor; where the line began that is being typed
    bool literal, stopped;
    uint8_t input[DISCIPLINE_BUFFER], output[DISCIPLINE_BUFFER];
    uint8_t ends[DISCIPLINE_BUFFER / 8]; // a bit for each byte of the input: a line ends there
};

#define DISCIPLINE_NEVER UINT64_MAX // not before something is typed

extern const struct terminal_modes discipline_first_modes; // as long as nobody has set others

void discipline_start(struct discipline *discipline, uint64_t tenth);

// What is there already is read as the new modes say.
void discipline_set_modes(struct discipline *discipline, const struct terminal_modes *modes);

// Whether a byte can be taken now: as long as it cannot, the device keeps it.
bool discipline_has_room(const struct discipline *discipline);

// => the signal that it means to the foreground group
enum typed_signal discipline_type(struct discipline *discipline, uint8_t byte, uint64_t now);

// => how many bytes were taken: fewer, when what they become does not fit
uint32_t discipline_write(struct discipline *discipline, const uint8_t *text, uint32_t size);

// The next byte for the device to show. => -1: there is none, or output is stopped
int discipline_show(struct discipline *discipline);

// How many bytes are still to be shown.
uint32_t discipline_unseen(const struct discipline *discipline);

// So many bytes that were shown are to be shown again: nothing was written since.
void discipline_unshow(struct discipline *discipline, uint32_t bytes);

// A byte for the device, as it is.
void discipline_send(struct discipline *discipline, uint8_t byte);

// Whether a write would take something.
bool discipline_has_place(const struct discipline *discipline);

// From when on a read of so many bytes, begun at `began`, may be answered, if nothing else is typed. 0: now
uint64_t discipline_read_at(const struct discipline *discipline, uint32_t size, uint64_t began);

// Whether poll says that it can be read.
bool discipline_is_readable(const struct discipline *discipline);

// What is there, up to the end of a line where there are lines. => 0: nothing, or the end of the input was typed
uint32_t discipline_read(struct discipline *discipline, uint8_t *to, uint32_t size);

// What was read last is to be read again: nothing was typed since.
void discipline_unread(struct discipline *discipline);

// How many bytes could be read, as FIONREAD has it.
uint32_t discipline_count(const struct discipline *discipline);

void discipline_stop(struct discipline *discipline, bool stopped);
void discipline_flush_input(struct discipline *discipline);
void discipline_flush_output(struct discipline *discipline);
