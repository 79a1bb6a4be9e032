// SPDX-License-Identifier: MIT
// Memory that is given back all at once: a stack of chunks.
#include "scratch.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

enum { CHUNK = 4000 };

struct scratch_chunk {
    struct scratch_chunk *before;
    size_t used, room;
    max_align_t bytes[];
};

void *scratch_take(struct scratch *scratch, size_t bytes) {
    size_t size = (bytes + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    struct scratch_chunk *chunk = scratch->last;
    if (chunk == NULL || chunk->room - chunk->used < size) {
        size_t room = size > CHUNK ? size : CHUNK;
        chunk = memory_take(sizeof *chunk + room);
        *chunk = (struct scratch_chunk){.before = scratch->last, .room = room};
        scratch->last = chunk;
    }
    void *taken = (char *)chunk->bytes + chunk->used;
    chunk->used += size;
    return memset(taken, 0, size);
}

char *scratch_copy(struct scratch *scratch, const char *bytes, size_t length) {
    char *copy = scratch_take(scratch, length + 1);
    if (length > 0) memcpy(copy, bytes, length);
    return copy;
}

struct scratch_mark scratch_mark(const struct scratch *scratch) {
    return (struct scratch_mark){scratch->last, scratch->last != NULL ? scratch->last->used : 0};
}

void scratch_release(struct scratch *scratch, struct scratch_mark mark) {
    while (scratch->last != mark.chunk) {
        struct scratch_chunk *before = scratch->last->before;
        free(scratch->last);
        scratch->last = before;
    }
    if (mark.chunk != NULL) mark.chunk->used = mark.used;
}
