// SPDX-License-Identifier: MIT
// The output side of a terminal's line discipline, for the input side: what is typed shows.
#pragma once

#include "discipline.h"

static inline bool has_input(const struct discipline *d, uint32_t flag) { return (d->modes.input & flag) != 0; }
static inline bool has_output(const struct discipline *d, uint32_t flag) { return (d->modes.output & flag) != 0; }
static inline bool has_local(const struct discipline *d, uint32_t flag) { return (d->modes.local & flag) != 0; }

static inline bool is_control(uint8_t byte) { return byte < ' ' || byte == 127; }

// Of a character in several bytes, one that is not the first.
static inline bool goes_on(const struct discipline *d, uint8_t byte) {
    return has_input(d, INPUT_UTF8) && (byte & 0xc0) == 0x80;
}

// A byte as it is written.
void output_put(struct discipline *d, uint8_t byte);

// A byte that was typed; one that becomes part of the line; one that is taken from it again, with all before it still
// there.
void output_echo(struct discipline *d, uint8_t byte);
void output_echo_in_line(struct discipline *d, uint8_t byte);
void output_echo_back(struct discipline *d, uint8_t byte);
