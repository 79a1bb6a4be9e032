// SPDX-License-Identifier: MIT
// A terminal's line discipline: edited lines or single bytes, echo, signals, and what output becomes.
#include "discipline.h"

#include "discipline_output.h"
#include "string.h"

enum {
    MASK = DISCIPLINE_BUFFER - 1,
    END_MARK = 0, // stands in the input for an end that was typed
    WITHOUT_KEY = 0,
};

static bool is_key(const struct discipline *d, uint8_t byte, enum mode_character key) {
    return byte != WITHOUT_KEY && byte == d->modes.character[key];
}

static bool is_of_word(uint8_t byte) {
    uint8_t letter = byte | 0x20;
    return (letter >= 'a' && letter <= 'z') || (byte >= '0' && byte <= '9') || byte == '_' ||
           (byte >= 0xc0 && byte != 0xd7 && byte != 0xf7);
}

const struct terminal_modes discipline_first_modes = {
    .input = INPUT_RETURN_NEWLINE | INPUT_STOPS_OUTPUT | INPUT_UTF8,
    .output = OUTPUT_WORKED | OUTPUT_NEWLINE_RETURN,
    .control = 0x1cb2, // 115200 baud, 8 bits, hang up
    .local = LOCAL_SIGNALS | LOCAL_LINES | LOCAL_ECHO | LOCAL_ECHO_ERASE | LOCAL_ECHO_KILL | LOCAL_ECHO_CONTROL |
             LOCAL_ERASE_LINE | LOCAL_EXTENDED,
    .character = {3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0},
};

void discipline_start(struct discipline *d, uint64_t tenth) {
    memset(d, 0, sizeof *d);
    d->tenth = tenth;
    d->modes = discipline_first_modes;
}

// ---- input ----

static bool ends_at(const struct discipline *d, uint32_t at) { return (d->ends[(at & MASK) / 8] >> at % 8 & 1) != 0; }

static void keep(struct discipline *d, uint8_t byte) {
    d->input[d->head & MASK] = byte;
    d->ends[(d->head & MASK) / 8] &= (uint8_t) ~(1u << d->head % 8);
    d->head++;
}

static void end_line(struct discipline *d, uint8_t byte) {
    keep(d, byte);
    d->ends[((d->head - 1) & MASK) / 8] |= (uint8_t)(1u << (d->head - 1) % 8);
    d->begun = d->head;
}

// => the byte that the last character begins with; `at`: where. Half a character is none
static bool last_character(const struct discipline *d, uint32_t *at, uint8_t *byte) {
    *at = d->head;
    do {
        if (*at == d->begun) return false;
        *byte = d->input[--*at & MASK];
    } while (goes_on(d, *byte));
    return true;
}

static void erase_character(struct discipline *d, bool shown) {
    uint32_t at;
    uint8_t byte;
    if (!last_character(d, &at, &byte)) return;
    d->head = at;
    if (has_local(d, LOCAL_ECHO) && shown) output_echo_back(d, byte);
}

static void erase_word(struct discipline *d) {
    uint32_t at;
    uint8_t byte;
    for (bool in_word = false; last_character(d, &at, &byte); in_word = in_word || is_of_word(byte)) {
        if (in_word && !is_of_word(byte)) return;
        erase_character(d, true);
    }
}

static void erase_line(struct discipline *d) {
    const uint32_t all = LOCAL_ECHO_KILL | LOCAL_ERASE_LINE | LOCAL_ECHO_ERASE;
    uint32_t at;
    uint8_t byte;
    if (has_local(d, LOCAL_ECHO) && (d->modes.local & all) == all) {
        while (last_character(d, &at, &byte)) erase_character(d, true);
        return;
    }
    d->head = d->begun;
    if (!has_local(d, LOCAL_ECHO)) return;
    output_echo(d, d->modes.character[KEY_KILL]);
    if (has_local(d, LOCAL_ECHO_KILL)) output_put(d, '\n');
}

static void erase(struct discipline *d, uint8_t byte) {
    if (d->head == d->begun) return;
    if (is_key(d, byte, KEY_ERASE)) {
        bool in_place = has_local(d, LOCAL_ECHO_ERASE);
        uint32_t before = d->head;
        erase_character(d, in_place);
        if (!in_place && d->head != before && has_local(d, LOCAL_ECHO)) output_echo(d, byte);
    } else if (is_key(d, byte, KEY_KILL))
        erase_line(d);
    else
        erase_word(d);
}

static void reprint(struct discipline *d, uint8_t byte) {
    output_echo(d, byte);
    output_put(d, '\n');
    for (uint32_t at = d->begun; at != d->head; at++) output_echo(d, d->input[at & MASK]);
}

// Keys that edit lines. => false: it is none
static bool edit(struct discipline *d, uint8_t byte) {
    bool extended = has_local(d, LOCAL_EXTENDED);
    if (is_key(d, byte, KEY_ERASE) || is_key(d, byte, KEY_KILL) || (extended && is_key(d, byte, KEY_WORD))) {
        erase(d, byte);
    } else if (extended && is_key(d, byte, KEY_LITERAL)) {
        d->literal = true;
        if (has_local(d, LOCAL_ECHO) && has_local(d, LOCAL_ECHO_CONTROL)) output_put(d, '^'), output_put(d, '\b');
    } else if (extended && has_local(d, LOCAL_ECHO) && is_key(d, byte, KEY_REPRINT)) {
        reprint(d, byte);
    } else if (byte == '\n') {
        if (has_local(d, LOCAL_ECHO | LOCAL_ECHO_NEWLINE)) output_put(d, '\n');
        end_line(d, '\n');
    } else if (is_key(d, byte, KEY_END)) {
        end_line(d, END_MARK);
    } else if (is_key(d, byte, KEY_LINE) || (extended && is_key(d, byte, KEY_LINE_2))) {
        if (has_local(d, LOCAL_ECHO)) output_echo_in_line(d, byte);
        end_line(d, byte);
    } else
        return false;
    return true;
}

static enum typed_signal signal_of(const struct discipline *d, uint8_t byte) {
    if (!has_local(d, LOCAL_SIGNALS)) return TYPED_NOTHING;
    if (is_key(d, byte, KEY_INTERRUPT)) return TYPED_INTERRUPT;
    if (is_key(d, byte, KEY_QUIT)) return TYPED_QUIT;
    return is_key(d, byte, KEY_SUSPEND) ? TYPED_SUSPEND : TYPED_NOTHING;
}

static void take_signal(struct discipline *d, uint8_t byte) {
    if (!has_local(d, LOCAL_NO_FLUSH)) {
        discipline_flush_input(d);
        discipline_flush_output(d);
    }
    if (has_input(d, INPUT_STOPS_OUTPUT)) d->stopped = false;
    if (has_local(d, LOCAL_ECHO)) output_echo(d, byte);
}

static void take(struct discipline *d, uint8_t byte) {
    if (has_local(d, LOCAL_ECHO)) output_echo_in_line(d, byte);
    keep(d, byte);
}

static int32_t room(const struct discipline *d) { return DISCIPLINE_BUFFER - (int32_t)(d->head - d->tail) - 1; }

// A line that is too long keeps its end open: its last byte is replaced.
static bool is_too_long(const struct discipline *d) { return has_local(d, LOCAL_LINES) && d->begun == d->tail; }

bool discipline_has_room(const struct discipline *d) { return room(d) > 0 || is_too_long(d); }

enum typed_signal discipline_type(struct discipline *d, uint8_t byte, uint64_t now) {
    d->typed_at = now;
    if (room(d) < 0) d->head--;
    if (has_input(d, INPUT_STRIP)) byte &= 0x7f;
    if (d->literal) {
        d->literal = false;
        take(d, byte);
        return TYPED_NOTHING;
    }
    bool flow = has_input(d, INPUT_STOPS_OUTPUT), start = is_key(d, byte, KEY_START);
    if (flow && (start || is_key(d, byte, KEY_STOP))) {
        d->stopped = !start;
        return TYPED_NOTHING;
    }
    enum typed_signal signal = signal_of(d, byte);
    if (signal != TYPED_NOTHING) {
        take_signal(d, byte);
        return signal;
    }
    if (flow && has_input(d, INPUT_ANY_STARTS)) d->stopped = false;
    if (byte == '\r' && has_input(d, INPUT_NO_RETURN)) return TYPED_NOTHING;
    bool returned = byte == '\r' && has_input(d, INPUT_RETURN_NEWLINE);
    if (returned)
        byte = '\n';
    else if (byte == '\n' && has_input(d, INPUT_NEWLINE_RETURN))
        byte = '\r';
    if (has_local(d, LOCAL_LINES) && edit(d, byte)) return TYPED_NOTHING;
    if (returned && has_local(d, LOCAL_ECHO)) {
        output_put(d, '\n');
        keep(d, '\n');
    } else
        take(d, byte);
    return TYPED_NOTHING;
}

void discipline_flush_input(struct discipline *d) {
    d->tail = d->begun = d->head;
    d->literal = false;
}

void discipline_set_modes(struct discipline *d, const struct terminal_modes *modes) {
    uint32_t old = d->modes.local, old_input = d->modes.input;
    d->modes = *modes;
    if ((old_input & INPUT_STOPS_OUTPUT) != 0 && !has_input(d, INPUT_STOPS_OUTPUT)) d->stopped = false;
    if (((old ^ modes->local) & LOCAL_LINES) == 0) return;
    memset(d->ends, 0, sizeof d->ends);
    d->literal = false;
    d->begun = d->tail;
    if (!has_local(d, LOCAL_LINES) || d->head == d->tail) return;
    uint8_t last = d->input[--d->head & MASK]; // what is there is a line
    end_line(d, last);
}

// ---- reading ----

uint32_t discipline_count(const struct discipline *d) {
    if (!has_local(d, LOCAL_LINES)) return d->head - d->tail;
    uint32_t count = 0;
    for (uint32_t at = d->tail; at != d->begun; at++) count += !ends_at(d, at) || d->input[at & MASK] != END_MARK;
    return count;
}

static bool has_any(const struct discipline *d) { return (has_local(d, LOCAL_LINES) ? d->begun : d->head) != d->tail; }

bool discipline_is_readable(const struct discipline *d) {
    uint32_t least = d->modes.character[MODE_TIME] == 0 ? d->modes.character[MODE_LEAST] : 0;
    return has_any(d) && (has_local(d, LOCAL_LINES) || d->head - d->tail >= least);
}

uint64_t discipline_read_at(const struct discipline *d, uint32_t size, uint64_t began) {
    uint32_t least = d->modes.character[MODE_LEAST], count = d->head - d->tail;
    uint64_t time = d->modes.character[MODE_TIME] * d->tenth;
    if (has_local(d, LOCAL_LINES)) return has_any(d) ? 0 : DISCIPLINE_NEVER;
    if (least == 0) return count > 0 || time == 0 ? 0 : began + time;
    if (count >= least || count >= size) return 0;
    if (count == 0 || time == 0) return DISCIPLINE_NEVER;
    return (d->typed_at > began ? d->typed_at : began) + time; // between one byte and the next
}

uint32_t discipline_read(struct discipline *d, uint8_t *to, uint32_t size) {
    bool lines = has_local(d, LOCAL_LINES);
    uint32_t count = 0, end = lines ? d->begun : d->head;
    d->read_from = d->tail;
    while (d->tail != end) {
        uint32_t at = d->tail;
        bool is_end = lines && ends_at(d, at), is_mark = is_end && d->input[at & MASK] == END_MARK;
        if (count == size && !is_mark) break;
        d->tail++;
        if (!is_mark) to[count++] = d->input[at & MASK];
        if (is_end) break;
    }
    return count;
}

void discipline_unread(struct discipline *d) { d->tail = d->read_from; }
