// SPDX-License-Identifier: MIT
// A string that grows by doubling.
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Noreturn void no_memory(void) {
    static const char words[] = "sh: out of memory\n";
    if (write(2, words, sizeof words - 1) < 0) _exit(2);
    _exit(2);
}

void *memory_take(size_t bytes) {
    void *memory = calloc(1, bytes);
    if (memory == NULL) no_memory();
    return memory;
}

char *memory_copy(const char *string) {
    size_t bytes = strlen(string) + 1;
    return memcpy(memory_take(bytes), string, bytes);
}

static void make_room(struct text *text, size_t more) {
    if (more > TEXT_LIMIT || text->length + more > TEXT_LIMIT) no_memory();
    size_t room = text->room > 0 ? text->room : 32;
    while (room < text->length + more + 1) room *= 2;
    if (room == text->room) return;
    char *bytes = realloc(text->bytes, room);
    if (bytes == NULL) no_memory();
    text->bytes = bytes;
    text->room = room;
}

void text_add(struct text *text, const char *bytes, size_t length) {
    make_room(text, length);
    if (length > 0) memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void text_add_string(struct text *text, const char *string) { text_add(text, string, strlen(string)); }

void text_add_char(struct text *text, char byte) { text_add(text, &byte, 1); }

void text_add_format(struct text *text, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    if (length > 0) {
        make_room(text, (size_t)length);
        vsnprintf(text->bytes + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
    va_end(arguments);
}

void text_cut(struct text *text, size_t length) {
    if (length < text->length) {
        text->length = length;
        text->bytes[length] = '\0';
    }
}

void text_free(struct text *text) {
    free(text->bytes);
    *text = (struct text){0};
}

const char *text_string(const struct text *text) { return text->bytes != NULL ? text->bytes : ""; }
