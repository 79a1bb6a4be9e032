// SPDX-License-Identifier: MIT
// A program file's way into a space.
//
//   text, rodata   the boot image's own pages, for reading
//   data           up to the last page that the file has bytes for: a pager's, or wired with those bytes
//   bss            the pages behind it:                             a pager's, or wired
//   heap           from OS_HEAP on:                                 a pager's, or not there
//   stack          below OS_STACK_TOP:                              a pager's, or wired
#include "load.h"

#include <os/arena.h>
#include <os/ranges.h>
#include <os/threads.h>

#include "elf.h"
#include "service.h"
#include "string.h"

enum { WIRED_STACK = 16 };
#define USER_END (UINT64_C(1) << 38)

static uint64_t pages_of(uint64_t bytes) { return (bytes + OS_PAGE - 1) / OS_PAGE; }

uint64_t load_region(struct ward *ward, uint64_t va, uint64_t pages, uint64_t rights) {
    uint64_t cookie = ward->number | BADGE_WIRED;
    if (ward->wired == 0) {
        struct result port = os_mint(init_port, HANDLE_SEND, cookie);
        if (port.status != STATUS_OK) return port.status;
        ward->wired = (uint32_t)port.value;
    }
    return os_region(ward->space, va, pages, ward->wired, cookie, 0, rights & RIGHTS_ACCESS, 0).status;
}

uint64_t load_wired(struct ward *ward, uint64_t va, uint64_t pages, uint64_t rights) {
    if (pages == 0) return STATUS_OK;
    if (ward->piece_count == WARD_PIECES) return STATUS_FULL;
    uint64_t view = os_range_take(pages, 1), status = load_region(ward, va, pages, rights);
    if (view == 0) return STATUS_NO_MEMORY;
    if (status == STATUS_OK) status = os_alloc_range(view, pages, RIGHT_READ | RIGHT_WRITE, ward->id, va).status;
    if (status == STATUS_OK) status = os_map2_range(view, ward->id, va, pages, rights | RIGHT_SHARE).status;
    ward->piece[ward->piece_count++] = (struct piece){va, pages, view, rights};
    return status;
}

// => whether a pager shall serve the part
static bool note_part(struct ward *ward, const struct description_memory *parts, enum os_part part, uint64_t va,
                      uint64_t pages) {
    if (parts == NULL || parts[part].kind.text[0] == '\0' || pages == 0) return false;
    struct os_part_range *range = &ward->block->part[part];
    memcpy(range->kind, parts[part].kind.text, sizeof range->kind);
    const struct service *host = service_find(range->kind);
    if (host != NULL) memcpy(range->fallback, host->server->fallback.text, sizeof range->fallback);
    range->va = va;
    range->pages = pages;
    return true;
}

// What is only read: no copy, the boot image stays where it is. Another ward that has it already has small pages there,
// which are shared faster than parts of the image's large ones.
static uint64_t share_segment(struct ward *ward, const struct elf_segment *segment, uint64_t rights,
                              const struct ward *model) {
    uint64_t pages = pages_of(segment->size), done = 0;
    uint64_t from = START_IMAGE + ward->file->offset + segment->offset;
    if (ward->piece_count == WARD_PIECES) return STATUS_FULL;
    ward->piece[ward->piece_count++] = (struct piece){segment->va, pages, 0, rights};
    uint64_t status = load_region(ward, segment->va, pages, rights);
    if (status != STATUS_OK) return status;
    while (model != NULL && done < pages) {
        uint64_t va = segment->va + done * OS_PAGE;
        struct result lent = os_lend(model->space, va, ward->id, va, pages - done, rights | RIGHT_SHARE);
        done += lent.value;
        if (lent.status != STATUS_MORE) break;
    }
    if (done == pages) return STATUS_OK;
    return os_map2_range(from + done * OS_PAGE, ward->id, segment->va + done * OS_PAGE, pages - done,
                         rights | RIGHT_SHARE)
        .status;
}

static uint64_t load_data(struct ward *ward, const struct elf_segment *segment, const struct description_memory *parts,
                          uint64_t rights) {
    uint64_t data = pages_of(segment->in_file), all = pages_of(segment->size), bss = segment->va + data * OS_PAGE;
    bool whole = segment->in_file % OS_PAGE == 0; // else the file goes on behind the data, not with zeros
    ward->data = ward->file->offset + segment->offset;
    ward->data_size = data * OS_PAGE;
    if (!whole || !note_part(ward, parts, OS_PART_data, segment->va, data)) {
        uint64_t status = load_wired(ward, segment->va, data, rights);
        if (status != STATUS_OK) return status;
        if (data != 0)
            memcpy((void *)ward->piece[ward->piece_count - 1].view,
                   (const char *)image_bytes(init_image, ward->file) + segment->offset, segment->in_file);
    }
    return note_part(ward, parts, OS_PART_bss, bss, all - data) ? STATUS_OK : load_wired(ward, bss, all - data, rights);
}

static uint64_t load_segment(struct ward *ward, const struct elf_segment *segment,
                             const struct description_memory *parts, const char **wrong) {
    uint64_t rights = (segment->rights & ELF_READ ? RIGHT_READ : 0) | (segment->rights & ELF_WRITE ? RIGHT_WRITE : 0) |
                      (segment->rights & ELF_EXECUTE ? RIGHT_EXECUTE : 0);
    *wrong = "it is not linked for the addresses of native programs, with libos/native.ld";
    if (segment->va - ward->base < START_BASE || segment->va - ward->base + segment->size > OS_ARENA_START)
        return STATUS_COUNT;
    *wrong = "its segments do not begin on pages of their own: link it with libos/native.ld";
    if (segment->va % OS_PAGE != 0 || segment->offset % OS_PAGE != 0) return STATUS_COUNT;
    *wrong = "it has data that can be executed, or read-only memory that the file has no bytes for";
    if ((rights & RIGHT_WRITE) == 0 ? segment->in_file != segment->size : (rights & RIGHT_EXECUTE) != 0)
        return STATUS_COUNT;
    *wrong = NULL;
    if ((rights & RIGHT_WRITE) == 0) return share_segment(ward, segment, rights, NULL);
    return load_data(ward, segment, parts, rights);
}

static uint64_t load_stack(struct ward *ward, const struct description_memory *parts) {
    uint64_t pages = parts != NULL ? parts[OS_PART_stack].pages : WIRED_STACK;
    if (note_part(ward, parts, OS_PART_stack, ward->base + OS_STACK_TOP - pages * OS_PAGE, pages)) return STATUS_OK;
    if (pages > WIRED_STACK) pages = WIRED_STACK;
    return load_wired(ward, ward->base + OS_STACK_TOP - pages * OS_PAGE, pages, RIGHT_READ | RIGHT_WRITE);
}

uint64_t load_base(const struct ward *ward) {
    struct elf elf;
    if (elf_read(&elf, image_bytes(init_image, ward->file), ward->file->size) != NULL) return 0;
    uint64_t base = elf.segment[0].va & ~(OS_BASE_SIZE - 1);
    return base + OS_BASE_SIZE <= USER_END ? base : 0;
}

uint64_t load_program(struct ward *ward, const struct description_memory *part, uint64_t *entry, const char **wrong) {
    struct elf elf;
    *wrong = elf_read(&elf, image_bytes(init_image, ward->file), ward->file->size);
    if (*wrong != NULL) return STATUS_COUNT;
    *entry = elf.entry;
    for (uint32_t i = 0; i < elf.segment_count; i++) {
        uint64_t status = load_segment(ward, &elf.segment[i], part, wrong);
        if (status == STATUS_TAKEN) *wrong = "its segments overlap";
        if (status != STATUS_OK) return *wrong != NULL ? STATUS_COUNT : status;
    }
    if (part != NULL) note_part(ward, part, OS_PART_heap, ward->base + OS_HEAP, part[OS_PART_heap].pages);
    return load_stack(ward, part);
}

uint64_t load_copy(struct ward *ward, const struct ward *model) {
    struct elf elf;
    uint64_t status = STATUS_OK;
    if (elf_read(&elf, image_bytes(init_image, ward->file), ward->file->size) != NULL) return STATUS_GONE;
    for (uint32_t i = 0; i < model->piece_count && status == STATUS_OK; i++) {
        const struct piece *piece = &model->piece[i];
        bool is_start_stack = piece->va == ward->base + OS_START_BLOCK + 2 * OS_PAGE; // nobody is on it any more
        if (piece->view == 0 || is_start_stack) continue;                             // shared, below
        status = load_wired(ward, piece->va, piece->pages, piece->rights);
        if (status == STATUS_OK)
            memcpy((void *)ward->piece[ward->piece_count - 1].view, (const void *)piece->view, piece->pages * OS_PAGE);
    }
    for (uint32_t i = 0; i < elf.segment_count && status == STATUS_OK; i++) {
        const struct elf_segment *segment = &elf.segment[i];
        uint64_t rights = RIGHT_READ | (segment->rights & ELF_EXECUTE ? RIGHT_EXECUTE : 0);
        if ((segment->rights & ELF_WRITE) == 0) status = share_segment(ward, segment, rights, model);
    }
    ward->data = model->data;
    ward->data_size = model->data_size;
    return status;
}

struct os_piece load_look(const struct ward *ward, const struct piece *piece) {
    struct os_piece found = {.va = piece->va, .pages = piece->pages, .rights = piece->rights};
    uint64_t done = 0;
    while (done < piece->pages) {
        struct result told = os_query(ward->id, piece->va + done * OS_PAGE, piece->pages - done);
        const uint64_t *states = os_self()->message;
        for (uint64_t i = 0; i < told.value; i++) {
            found.resident += (states[i] & PAGE_PRESENT) != 0 ? 1 : 0;
            found.dirty += (states[i] & PAGE_DIRTY) != 0 ? 1 : 0;
            found.withheld += PAGE_WITHHELD(states[i]) != 0 ? 1 : 0;
        }
        done += told.value;
        if (told.status != STATUS_OK && told.status != STATUS_MORE) break;
    }
    found.shared = piece->view == 0 ? found.resident : 0;
    return found;
}
