// SPDX-License-Identifier: MIT
// An executable as Linux reads it. Pure: bytes in, a plan out.
#include "linux_image.h"

#include "linux_errors.h"
#include "string.h"

struct file_header {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, program_offset, section_offset;
    uint32_t flags;
    uint16_t header_size, program_size, program_count;
    uint16_t unused[3];
};

struct program_header {
    uint32_t type, rights;
    uint64_t offset, va, pa, in_file, in_memory, alignment;
};

_Static_assert(sizeof(struct file_header) == IMAGE_FILE_HEADER && sizeof(struct program_header) == IMAGE_PROGRAM_HEADER,
               "as ELF has them");

enum {
    TYPE_EXECUTABLE = 2,
    TYPE_MOVES = 3,
    MACHINE_RISCV = 243,
    CLASS_64 = 2,
    PROGRAM_LOAD = 1,
    PROGRAM_INTERPRETER = 3,
    PROGRAM_NOTE = 4,
    PAGE_SIZE = 4096,
    EXECUTE = 1,
    WRITE = 2,
    READ = 4,
};

#define VA_END (UINT64_C(1) << 38)

static struct linux_refusal refuse(int64_t error, const char *why) { return (struct linux_refusal){-error, why}; }

static const struct linux_refusal fine;

struct linux_refusal image_begin(struct linux_image *image, const uint8_t *bytes, size_t size, uint64_t *offset,
                                 uint64_t *length) {
    struct file_header header;
    *image = (struct linux_image){0};
    if (size >= 2 && bytes[0] == '#' && bytes[1] == '!') return refuse(ENOEXEC, "it is a script");
    if (size < 4 || memcmp(bytes, "\177ELF", 4) != 0) return refuse(ENOEXEC, "it is not an ELF file");
    if (size < sizeof header) return refuse(ENOEXEC, "it is too short");
    memcpy(&header, bytes, sizeof header);
    if (header.type != TYPE_EXECUTABLE && header.type != TYPE_MOVES) return refuse(ENOEXEC, "it is not an executable");
    if (header.machine != MACHINE_RISCV) return refuse(ENOEXEC, "it is for another machine than riscv64");
    if (header.ident[4] != CLASS_64) return refuse(ENOEXEC, "it is for 32 bits");
    if (header.program_size != sizeof(struct program_header) || header.program_count == 0 ||
        header.program_count > IMAGE_HEADERS_MOST)
        return refuse(ENOEXEC, "its program headers are malformed");
    image->entry = header.entry;
    image->header_count = header.program_count;
    image->moves = header.type == TYPE_MOVES;
    *offset = header.program_offset;
    *length = header.program_count * sizeof(struct program_header);
    return fine;
}

static uint64_t protection_of(uint32_t rights) {
    return (rights & READ ? 1u : 0) | (rights & WRITE ? 2u : 0) | (rights & EXECUTE ? 4u : 0);
}

static struct linux_refusal add(struct linux_image *image, const struct program_header *program, uint64_t headers) {
    if (program->in_file > program->in_memory) return refuse(EINVAL, "a segment has more bytes than memory");
    if (program->va > VA_END || program->in_memory > VA_END - program->va)
        return refuse(ENOMEM, "a segment is beyond the addresses of a program");
    if ((program->va - program->offset) % PAGE_SIZE != 0)
        return refuse(EINVAL, "a segment is not where it can be mapped");
    if (program->offset + program->in_file < program->offset) return refuse(EINVAL, "a segment is nowhere in the file");
    if (image->segment_count == IMAGE_SEGMENTS) return refuse(ENOMEM, "it has too many segments");
    if (program->in_memory == 0) return fine;
    if (image->segment_count != 0 && program->va < image->end) return refuse(EINVAL, "its segments overlap");
    image->segment[image->segment_count] = (struct linux_segment){program->va, program->in_memory, program->offset,
                                                                  program->in_file, protection_of(program->rights)};
    if (image->segment_count++ == 0) image->start = program->va;
    image->end = program->va + program->in_memory;
    if (program->offset <= headers && headers - program->offset < program->in_file)
        image->headers = program->va + (headers - program->offset);
    return fine;
}

struct linux_refusal image_headers(struct linux_image *image, const uint8_t *bytes, uint64_t offset) {
    for (uint32_t i = 0; i < image->header_count; i++) {
        struct program_header program;
        memcpy(&program, bytes + i * sizeof program, sizeof program);
        if (program.type == PROGRAM_INTERPRETER)
            return refuse(ENOENT, "it is dynamically linked: link it with -static");
        if (program.type == PROGRAM_NOTE && image->note == 0) image->note = program.offset;
        if (program.type != PROGRAM_LOAD) continue;
        struct linux_refusal refusal = add(image, &program, offset);
        if (refusal.error != 0) return refusal;
    }
    return image->segment_count == 0 ? refuse(ENOEXEC, "it has nothing to load") : fine;
}
