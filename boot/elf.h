// SPDX-License-Identifier: MIT
// A static ELF executable for riscv64, read as hostile input.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ELF_SEGMENTS = 8,
};

#define ELF_EXECUTE 1u
#define ELF_WRITE   2u
#define ELF_READ    4u

struct elf_segment {
    uint64_t va, size;        // in memory
    uint64_t offset, in_file; // where its first bytes are; the rest is zero
    uint32_t rights;
};

struct elf {
    uint64_t entry;
    bool is_native; // linked by libos/native.ld
    uint32_t segment_count;
    struct elf_segment segment[ELF_SEGMENTS]; // ascending and apart, va to va + size without overflow
};

// => NULL, or a sentence that says what is wrong
const char *elf_read(struct elf *elf, const void *bytes, size_t size);
