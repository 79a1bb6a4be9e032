// SPDX-License-Identifier: MIT
// Memory that is given back all at once, from a mark on: of a parsed command, or of one command's expansion.
#pragma once

#include <stddef.h>

struct scratch_chunk;

struct scratch {
    struct scratch_chunk *last; // NULL: nothing taken
};

struct scratch_mark {
    struct scratch_chunk *chunk;
    size_t used;
};

// => zeroed, aligned for every type; never NULL
void *scratch_take(struct scratch *scratch, size_t bytes);

// => a copy that ends with a zero byte
char *scratch_copy(struct scratch *scratch, const char *bytes, size_t length);

struct scratch_mark scratch_mark(const struct scratch *scratch);

// What was taken since the mark is gone; the zero mark: everything.
void scratch_release(struct scratch *scratch, struct scratch_mark mark);
