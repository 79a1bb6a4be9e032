// SPDX-License-Identifier: MIT
// An executable's way into the program's memory: pages of the file privately, zero behind them.
#include "linux_load.h"

#include "linux_errors.h"
#include "linux_grid.h"
#include "linux_memory.h"
#include "linux_script.h"
#include "linux_source.h"
#include "string.h"

#define BIAS UINT64_C(0x2aaaaaa000) // of those that may be loaded anywhere

static uint8_t headers[IMAGE_HEADERS_MOST * IMAGE_PROGRAM_HEADER];

static char beginning[SCRIPT_LINE];
static struct linux_source source; // that was opened
static struct linux_image image;

static struct linux_refusal read_image(void) {
    uint64_t offset = 0, length = 0;
    memset(beginning, 0, sizeof beginning);
    int64_t size = source_read(&source, 0, beginning, sizeof beginning);
    if (size < 0) return (struct linux_refusal){size, "it cannot be read"};
    const uint8_t *first = (const uint8_t *)beginning;
    struct linux_refusal refusal =
        image_begin(&image, first, size < IMAGE_FILE_HEADER ? (size_t)size : IMAGE_FILE_HEADER, &offset, &length);
    if (refusal.error != 0) return refusal;
    if (source_read(&source, offset, headers, length) != (int64_t)length)
        return (struct linux_refusal){-ENOEXEC, "its program headers are not in the file"};
    return image_headers(&image, headers, offset);
}

// => 0, or a negative error
static int64_t load_segment(const struct linux_segment *segment, uint64_t bias) {
    uint64_t within = segment->va % PAGE, va = bias + segment->va - within, end = bias + segment->va + segment->size;
    uint64_t of_file = segment->in_file != 0 ? page_up(within + segment->in_file) : 0;
    const struct linux_terms terms = {.most = PROTECTION_ALL, .is_file = true};
    struct linux_backing backing;
    int64_t error = 0;
    if (va < PAGE || end > LINUX_END) return -ENOMEM;
    if (memory_unmap(va, page_up(end)) != 0) return -ENOMEM; // a page that two segments have is the later one's
    if (of_file != 0) {
        if (!source_copy(&source, segment->offset - within, of_file / PAGE, va, &backing)) return -ENOMEM;
        error = memory_map_object(va, of_file / PAGE, segment->protection, &terms, &backing);
    }
    uint64_t tail = va + within + segment->in_file, filled = va + of_file;
    if (error == 0 && of_file != 0 && (segment->protection & PROTECTION_WRITE) != 0 && tail < filled)
        memset((void *)tail, 0, filled - tail);
    if (error == 0 && page_up(end) > filled)
        error = memory_map(filled, (page_up(end) - filled) / PAGE, segment->protection, NULL);
    return error;
}

static const char *why_not_open(int64_t error) {
    switch (error) {
    case -ENOENT:
        return "there is no such file";
    case -EACCES:
        return "it is not executable: nobody has the right to (chmod +x), or it is a folder";
    case -ENOTDIR:
        return "a part of its path is not a folder";
    case -ELOOP:
        return "its path has too many links";
    default:
        return "it cannot be opened";
    }
}

struct linux_refusal load_open(const char *name) {
    source = (struct linux_source){0};
    beginning[0] = '\0';
    int64_t error = source_open(&source, name);
    if (error != 0) return (struct linux_refusal){error, why_not_open(error)};
    struct linux_refusal refusal = read_image();
    for (uint32_t i = 0; i < image.segment_count && refusal.error == 0; i++) {
        const struct linux_segment *segment = &image.segment[i];
        if (segment->offset > source.size || segment->in_file > source.size - segment->offset)
            refusal = (struct linux_refusal){-ENOEXEC, "it is truncated: a segment reaches beyond the file"};
    }
    if (refusal.error != 0) source_close(&source);
    return refusal;
}

void load_close(void) { source_close(&source); }

const char *load_script(void) { return beginning[0] == '#' && beginning[1] == '!' ? beginning : NULL; }

// What libos/native.ld writes: the sizes of name and contents, the kind, the name.
const char *load_native(void) {
    static const char native[] = "\7\0\0\0\0\0\0\0\1\0\0\0Pagoda\0";
    char note[sizeof native];
    if (!source.is_of_image || image.note == 0) return NULL;
    if (source_read(&source, image.note, note, sizeof note) != (int64_t)sizeof note) return NULL;
    if (memcmp(note, native, sizeof note) != 0) return NULL;
    source_close(&source);
    return source_image_name();
}

struct linux_refusal load_map(struct linux_loaded *loaded) {
    struct linux_refusal refusal = {0};
    uint64_t bias = image.moves ? BIAS : 0;
    memory_set_break(page_up(bias + image.end));
    for (uint32_t i = 0; i < image.segment_count && refusal.error == 0; i++) {
        refusal.error = load_segment(&image.segment[i], bias);
        if (refusal.error != 0) refusal.why = "there is no memory for it";
    }
    source_close(&source);
    *loaded = (struct linux_loaded){bias + image.entry, image.headers != 0 ? bias + image.headers : 0,
                                    image.header_count, bias};
    return refusal;
}
