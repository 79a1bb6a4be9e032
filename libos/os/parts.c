// SPDX-License-Identifier: MIT
// The parts of this program that pagers serve, and other objects that a fork copies.
#include "parts_start.h"

#include <os/process.h>

#include "string.h"

enum { PAGE = 4096 };

_Static_assert((int)OS_INHERITED >= (int)OS_PARTS, "a word of the start block for each part");

struct os_heirloom os_heirlooms[OS_INHERITED];
unsigned os_heirloom_count;

static struct os_object parts[OS_PARTS];
static uint64_t heap_pages;

void os_parts_start(const struct os_object *served) {
    for (enum os_part part = 0; part < OS_PARTS; part++) {
        parts[part] = served[part];
        if (parts[part].pages != 0) os_inherit(&parts[part], os_start->part[part].kind);
    }
}

const struct os_object *os_part(enum os_part part) { return parts[part].pages != 0 ? &parts[part] : NULL; }

struct result os_heap_grow(int64_t pages) {
    uint64_t end = OS_BASE + OS_HEAP + heap_pages * PAGE;
    const struct os_object *heap = os_part(OS_PART_heap);
    if (heap == NULL || os_resize(heap, pages, &heap_pages) != PAGER_OK) return (struct result){STATUS_NO_MEMORY, end};
    return (struct result){STATUS_OK, end};
}

bool os_inherit(struct os_object *object, const char *name) {
    size_t length = string_length(name);
    if (os_heirloom_count == OS_INHERITED || length >= OS_NAME) return false;
    struct os_heirloom *heirloom = &os_heirlooms[os_heirloom_count++];
    heirloom->object = object;
    memcpy(heirloom->name, name, length + 1);
    return true;
}

void os_disinherit(const struct os_object *object) {
    unsigned kept = 0;
    for (unsigned i = 0; i < os_heirloom_count; i++) {
        if (os_heirlooms[i].object != object) os_heirlooms[kept++] = os_heirlooms[i];
    }
    os_heirloom_count = kept;
}
