// SPDX-License-Identifier: MIT
// The few functions on bytes and strings that the compiler and the kernel need.
#pragma once

#include <stdbool.h>
#include <stddef.h>

void *memset(void *to, int byte, size_t size);
void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
int memcmp(const void *left, const void *right, size_t size);

static inline size_t string_length(const char *text) {
    size_t length = 0;
    while (text[length] != '\0') length++;
    return length;
}

static inline bool string_equal(const char *left, const char *right) {
    while (*left != '\0' && *left == *right) {
        left++;
        right++;
    }
    return *left == *right;
}
