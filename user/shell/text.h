// SPDX-License-Identifier: MIT
// A string that grows. All zero is the empty one.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { TEXT_LIMIT = 64 << 20 }; // what outgrows it ends the shell with a message

struct text {
    char *bytes; // ends with a zero byte, once there are any
    size_t length, room;
};

// => memory, zeroed; ends the process when there is none
void *memory_take(size_t bytes);
char *memory_copy(const char *string);

void text_add(struct text *text, const char *bytes, size_t length);
void text_add_string(struct text *text, const char *string);
void text_add_char(struct text *text, char byte);
__attribute__((format(printf, 2, 3))) void text_add_format(struct text *text, const char *format, ...);
void text_cut(struct text *text, size_t length);
void text_free(struct text *text);

// => the bytes, never NULL
const char *text_string(const struct text *text);
