// SPDX-License-Identifier: MIT
// The program's memory, as its system calls name it: whatever address it gives, the answer is at worst EFAULT.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// => bytes that could not be copied; bad addresses are not looked at before
uint64_t linux_user_copy(void *to, const void *from, uint64_t size);
uint64_t linux_user_text(char *to, const char *from, uint64_t most);
uint64_t linux_user_load(const uint32_t *at);
uint64_t linux_user_store(uint32_t *at, uint32_t value);
uint64_t linux_user_exchange(uint32_t *at, uint32_t if_this, uint32_t then_this);
#define USER_FAULT UINT64_MAX

// Where the program's addresses end: the personality's own begin there.
#define LINUX_END UINT64_C(0x3f00000000)

static inline bool user_is_range(uint64_t va, uint64_t size) { return size <= LINUX_END && va <= LINUX_END - size; }

// => false: EFAULT
static inline bool user_read(void *to, uint64_t from, uint64_t size) {
    return user_is_range(from, size) && linux_user_copy(to, (const void *)from, size) == 0;
}
static inline bool user_write(uint64_t to, const void *from, uint64_t size) {
    return user_is_range(to, size) && linux_user_copy((void *)to, from, size) == 0;
}
