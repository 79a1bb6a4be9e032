// SPDX-License-Identifier: MIT
// The output side of a terminal's line discipline: what is written becomes what the device shows, and so does what is
// typed.
#include "discipline_output.h"

enum {
    MASK = DISCIPLINE_BUFFER - 1,
    TAB = 8,
    FOR_ECHO = 256, // of the buffer: what is typed shows although a program writes all the time
    CONTROL = 0100, // a control character and its letter
};

static uint32_t place(const struct discipline *d) { return DISCIPLINE_BUFFER - (d->written - d->shown); }

static void put(struct discipline *d, uint8_t byte) {
    if (place(d) != 0) d->output[d->written++ & MASK] = byte;
}

// Begins a new line on the device, as far as the column tells.
static void begin_line(struct discipline *d, bool returns) {
    if (returns) d->column = 0;
    d->line_column = d->column;
}

static void put_tab(struct discipline *d) {
    uint32_t spaces = TAB - d->column % TAB;
    d->column += spaces;
    if ((d->modes.output & OUTPUT_TABS) != OUTPUT_TABS)
        put(d, '\t');
    else
        while (spaces-- != 0) put(d, ' ');
}

static void put_worked(struct discipline *d, uint8_t byte) {
    switch (byte) {
    case '\n':
        begin_line(d, has_output(d, OUTPUT_NEWLINE_RETURN | OUTPUT_NEWLINE_RETURNS));
        if (has_output(d, OUTPUT_NEWLINE_RETURN)) put(d, '\r');
        break;
    case '\r':
        if (has_output(d, OUTPUT_NO_SECOND_RETURN) && d->column == 0) return;
        if (has_output(d, OUTPUT_RETURN_NEWLINE)) byte = '\n';
        if (byte == '\r' || has_output(d, OUTPUT_NEWLINE_RETURNS)) begin_line(d, true);
        break;
    case '\t':
        put_tab(d);
        return;
    case '\b':
        if (d->column > 0) d->column--;
        break;
    default:
        if (!is_control(byte) && !goes_on(d, byte)) d->column++;
    }
    put(d, byte);
}

void output_put(struct discipline *d, uint8_t byte) {
    if (has_output(d, OUTPUT_WORKED))
        put_worked(d, byte);
    else
        put(d, byte);
}

uint32_t discipline_write(struct discipline *d, const uint8_t *text, uint32_t size) {
    uint32_t done = 0;
    for (; done < size && discipline_has_place(d); done++) output_put(d, text[done]);
    return done;
}

bool discipline_has_place(const struct discipline *d) { return place(d) >= FOR_ECHO + TAB; }

int discipline_show(struct discipline *d) {
    return d->stopped || d->written == d->shown ? -1 : d->output[d->shown++ & MASK];
}

uint32_t discipline_unseen(const struct discipline *d) { return d->written - d->shown; }

void discipline_unshow(struct discipline *d, uint32_t bytes) { d->shown -= bytes; }

void discipline_send(struct discipline *d, uint8_t byte) { put(d, byte); }

void discipline_stop(struct discipline *d, bool stopped) { d->stopped = stopped; }

void discipline_flush_output(struct discipline *d) { d->shown = d->written; }

void output_echo(struct discipline *d, uint8_t byte) {
    if (has_local(d, LOCAL_ECHO_CONTROL) && is_control(byte) && byte != '\t') {
        put(d, '^');
        put(d, byte ^ CONTROL);
        d->column += 2;
    } else
        output_put(d, byte);
}

static void put_text(struct discipline *d, const char *text) {
    while (*text != '\0') output_put(d, (uint8_t)*text++);
}

// A byte that becomes part of the line.
void output_echo_in_line(struct discipline *d, uint8_t byte) {
    if (d->begun == d->head) d->line_column = d->column;
    output_echo(d, byte);
}

// How wide a tab was depends on what stands before it, up to the tab before that or to where the line began.
static void back_over_tab(struct discipline *d) {
    uint32_t before = 0, at = d->head;
    bool after_tab = false;
    while (at != d->begun && !after_tab) {
        uint8_t byte = d->input[--at & MASK];
        after_tab = byte == '\t';
        if (is_control(byte))
            before += !after_tab && has_local(d, LOCAL_ECHO_CONTROL) ? 2 : 0;
        else
            before += !goes_on(d, byte);
    }
    if (!after_tab) before += d->line_column;
    for (uint32_t back = TAB - before % TAB; back != 0; back--) {
        put(d, '\b');
        if (d->column > 0) d->column--;
    }
}

void output_echo_back(struct discipline *d, uint8_t byte) {
    if (byte == '\t') {
        back_over_tab(d);
        return;
    }
    if (is_control(byte) && !has_local(d, LOCAL_ECHO_CONTROL)) return;
    if (is_control(byte)) put_text(d, "\b \b");
    put_text(d, "\b \b");
}
