// SPDX-License-Identifier: MIT
// Filling, copying and comparing bytes; aligned pages go 256 bytes at a time.
#include "string.h"

#include <stdint.h>

// Memory of any type, seen as words or bytes.
typedef uint64_t __attribute__((may_alias)) word;
typedef uint8_t __attribute__((may_alias)) byte;

enum { BLOCK_WORDS = 32, BLOCK = BLOCK_WORDS * sizeof(word) };

// Keeps the compiler from recognising a loop below and replacing it by a call of the very function it implements.
#define NOT_A_CALL(pointer) __asm__("" : "+r"(pointer))

static bool is_aligned(const void *pointer) { return (uintptr_t)pointer % sizeof(word) == 0; }

void *memset(void *to, int value, size_t size) {
    byte *at = to;
    if (is_aligned(at)) {
        uint64_t pattern = (uint8_t)value * UINT64_C(0x0101010101010101);
        for (; size >= BLOCK; size -= BLOCK) {
            word *block = (word *)(void *)at;
#pragma GCC unroll 32
            for (int i = 0; i < BLOCK_WORDS; i++) block[i] = pattern;
            at += BLOCK;
            NOT_A_CALL(at);
        }
        for (; size >= sizeof(word); size -= sizeof(word)) {
            *(word *)(void *)at = pattern;
            at += sizeof(word);
            NOT_A_CALL(at);
        }
    }
    for (; size > 0; size--) {
        *at++ = (uint8_t)value;
        NOT_A_CALL(at);
    }
    return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size) { return memmove(to, from, size); }

static void copy_up(byte *to, const byte *from, size_t size) {
    if (is_aligned(to) && is_aligned(from)) {
        for (; size >= BLOCK; size -= BLOCK) {
            word *to_block = (word *)(void *)to;
            const word *from_block = (const word *)(const void *)from;
#pragma GCC unroll 32
            for (int i = 0; i < BLOCK_WORDS; i++) to_block[i] = from_block[i];
            to += BLOCK;
            from += BLOCK;
            NOT_A_CALL(to);
        }
        for (; size >= sizeof(word); size -= sizeof(word)) {
            *(word *)(void *)to = *(const word *)(const void *)from;
            to += sizeof(word);
            from += sizeof(word);
            NOT_A_CALL(to);
        }
    }
    for (; size > 0; size--) {
        *to++ = *from++;
        NOT_A_CALL(to);
    }
}

static void copy_down(byte *to, const byte *from, size_t size) {
    if (is_aligned(to + size) && is_aligned(from + size)) {
        for (; size >= sizeof(word); size -= sizeof(word)) {
            *(word *)(void *)(to + size - sizeof(word)) = *(const word *)(const void *)(from + size - sizeof(word));
            NOT_A_CALL(to);
        }
    }
    for (; size > 0; size--) {
        to[size - 1] = from[size - 1];
        NOT_A_CALL(to);
    }
}

void *memmove(void *to, const void *from, size_t size) {
    // Upwards is right unless the target begins inside the source.
    if ((uintptr_t)to - (uintptr_t)from >= size)
        copy_up(to, from, size);
    else
        copy_down(to, from, size);
    return to;
}

int memcmp(const void *left, const void *right, size_t size) {
    const byte *a = left, *b = right;
    for (; size > 0; size--, a++, b++) {
        if (*a != *b) return *a < *b ? -1 : 1;
    }
    return 0;
}
