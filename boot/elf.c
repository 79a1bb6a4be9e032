// SPDX-License-Identifier: MIT
// A static ELF executable for riscv64, read as hostile input.
#include "elf.h"

#include "string.h"

struct file_header {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, program_offset, section_offset;
    uint32_t flags;
    uint16_t header_size, program_size, program_count;
};

struct program_header {
    uint32_t type, rights;
    uint64_t offset, va, pa, in_file, in_memory, alignment;
};

enum {
    TYPE_EXECUTABLE = 2,
    MACHINE_RISCV = 243,
    PROGRAM_LOAD = 1,
    PROGRAM_INTERPRETER = 3,
    PROGRAM_NOTE = 4,
};

// What libos/native.ld writes: the sizes of name and contents, the kind, the name.
static const char native_note[] = "\7\0\0\0\0\0\0\0\1\0\0\0Pagoda\0";

static const uint8_t ident[] = {0x7f, 'E', 'L', 'F', 2 /* 64 bits */, 1 /* little-endian */};

static const char *read_segment(struct elf *elf, const struct program_header *program, size_t size) {
    const struct elf_segment *before = elf->segment_count == 0 ? NULL : &elf->segment[elf->segment_count - 1];
    if (program->in_file > program->in_memory || program->offset > size || program->in_file > size - program->offset)
        return "a segment reaches beyond the file";
    if (program->va + program->in_memory < program->va || (before != NULL && program->va < before->va + before->size))
        return "segments overlap";
    if (elf->segment_count == ELF_SEGMENTS) return "it has more segments than can be loaded";
    elf->segment[elf->segment_count++] =
        (struct elf_segment){program->va, program->in_memory, program->offset, program->in_file, program->rights};
    return NULL;
}

const char *elf_read(struct elf *elf, const void *bytes, size_t size) {
    struct file_header header;
    *elf = (struct elf){0};
    if (size < sizeof header) return "it is too short for an ELF file";
    memcpy(&header, bytes, sizeof header);
    if (memcmp(header.ident, ident, sizeof ident) != 0) return "it is not a 64-bit ELF file";
    if (header.machine != MACHINE_RISCV) return "it is for another machine than riscv64";
    if (header.type != TYPE_EXECUTABLE) return "it is not a static executable";
    if (header.program_size != sizeof(struct program_header) || header.program_offset > size ||
        header.program_count > (size - header.program_offset) / sizeof(struct program_header))
        return "its program headers are not in the file";
    elf->entry = header.entry;
    for (unsigned i = 0; i < header.program_count; i++) {
        struct program_header program;
        memcpy(&program, (const char *)bytes + header.program_offset + i * sizeof program, sizeof program);
        if (program.type == PROGRAM_INTERPRETER) return "it is dynamically linked: link it with -static";
        const char *wrong =
            program.type == PROGRAM_LOAD && program.in_memory != 0 ? read_segment(elf, &program, size) : NULL;
        if (wrong != NULL) return wrong;
        if (program.type == PROGRAM_NOTE && program.in_file >= sizeof native_note && program.offset < size &&
            size - program.offset >= sizeof native_note &&
            memcmp((const char *)bytes + program.offset, native_note, sizeof native_note) == 0)
            elf->is_native = true;
    }
    return elf->segment_count == 0 ? "it has nothing to load" : NULL;
}
