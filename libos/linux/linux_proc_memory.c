// SPDX-License-Identifier: MIT
// The texts of /proc about a process's memory. Of the areas some are written down while they cannot change, and told
// when they can again: telling may need memory.
#include <os/stubs.h>
#include <os/threads.h>

#include "format.h"
#include "linux_grid.h"
#include "linux_memory.h"
#include "linux_proc.h"
#include "linux_start.h"
#include "string.h"

enum { SOME = 8, NAME_COLUMN = 73, LINE = 400 };

// What Linux calls a mapping.
struct seen {
    uint64_t start, end, protection, first; // first: byte of its file
    bool is_shared, is_file, is_locked, has_object;
    struct linux_origin origin; // its uses are 0: there is none
};

static bool is_heap(uint64_t va) {
    uint64_t start, end;
    memory_break(&start, &end);
    return va >= start && va < page_up(end);
}

// From va on, with the part that is like its beginning. => false: there is none
static bool see(uint64_t va, struct seen *seen) {
    const struct linux_area *area = area_from(va);
    if (area == NULL) return false;
    if (area_start(area) > va) va = area_start(area);
    const struct linux_backing *backing = area->backing;
    uint64_t heap, heap_end, end = area_run(area, va, area_end(area));
    memory_break(&heap, &heap_end);
    heap_end = page_up(heap_end);
    if (va < heap && end > heap) end = heap;
    if (va < heap_end && end > heap_end) end = heap_end;
    *seen = (struct seen){.start = va,
                          .end = end,
                          .protection = area_protection(area, va),
                          .first = backing != NULL ? backing->first * PAGE + (va - backing->va) : 0,
                          .is_shared = area->terms.is_shared,
                          .is_file = area->terms.is_file,
                          .is_locked = (area->terms.manner & MANNER_LOCKED) != 0,
                          .has_object = backing != NULL};
    if (backing != NULL && backing->origin != NULL)
        seen->origin = *backing->origin;
    else
        seen->first = 0;
    return true;
}

static bool are_one(const struct seen *lower, const struct seen *upper) {
    if (lower->end != upper->start || lower->protection != upper->protection || lower->is_shared != upper->is_shared ||
        lower->is_file != upper->is_file || lower->is_locked != upper->is_locked ||
        is_heap(lower->start) != is_heap(upper->start))
        return false;
    if (lower->origin.uses == 0 && upper->origin.uses == 0) return true;
    return lower->origin.uses != 0 && upper->origin.uses != 0 && lower->origin.inode == upper->origin.inode &&
           lower->origin.device == upper->origin.device && lower->first + (lower->end - lower->start) == upper->first;
}

// The next mappings from *va on. => how many
static unsigned look(uint64_t *va, struct seen seen[SOME]) {
    unsigned count = 0;
    struct seen next;
    memory_lock();
    while (see(*va, &next)) {
        if (count > 0 && are_one(&seen[count - 1], &next)) {
            seen[count - 1].end = next.end;
        } else if (count < SOME) {
            seen[count++] = next;
        } else {
            break;
        }
        *va = next.end;
    }
    memory_unlock();
    return count;
}

// ---- maps ----

static const char *name_of(const struct seen *seen) {
    if (seen->origin.uses != 0) return seen->origin.path;
    if (is_heap(seen->start)) return "[heap]";
    return seen->end == LINUX_STACK_TOP ? "[stack]" : "";
}

static void print_header(const struct seen *seen, struct linux_sink *sink) {
    char line[LINE];
    const char *name = name_of(seen);
    const struct linux_origin *origin = &seen->origin;
    uint64_t inode = origin->uses != 0 ? origin->inode : 0;
    uint32_t device = origin->uses != 0 ? origin->device : 0;
    size_t length = format_to(line, sizeof line, "%08lx-%08lx %c%c%c%c %08lx %02x:%02x %lu ", seen->start, seen->end,
                              (seen->protection & PROTECTION_READ) != 0 ? 'r' : '-',
                              (seen->protection & PROTECTION_WRITE) != 0 ? 'w' : '-',
                              (seen->protection & PROTECTION_EXEC) != 0 ? 'x' : '-', seen->is_shared ? 's' : 'p',
                              seen->first, device >> 8, device & 0xff, inode);
    sink_bytes(sink, line, length);
    for (; name[0] != '\0' && length < NAME_COLUMN; length++) sink_bytes(sink, " ", 1);
    sink_print(sink, "%s\n", name);
}

static void maps_text(const struct linux_made *node, struct linux_sink *sink) {
    struct seen seen[SOME];
    uint64_t va = 0;
    (void)node;
    for (unsigned count; !sink->is_full && !sink->is_bad && (count = look(&va, seen)) > 0;)
        for (unsigned i = 0; i < count; i++) print_header(&seen[i], sink);
}

// ---- pages that are there ----

struct pages {
    uint64_t there, dirty;
};

static void count_pages(uint64_t va, uint64_t end, struct pages *pages) {
    while (va < end) {
        uint64_t wanted = (end - va) / PAGE;
        struct result told = os_query(0, va, wanted < QUERY_PAGES ? wanted : QUERY_PAGES);
        const uint64_t *states = os_self()->message;
        if (told.value == 0) return;
        for (uint64_t i = 0; i < told.value; i++) {
            pages->there += (states[i] & PAGE_PRESENT) != 0;
            pages->dirty += (states[i] & PAGE_PRESENT) != 0 && (states[i] & PAGE_DIRTY) != 0;
        }
        va += told.value * PAGE;
    }
}

// Of the grid only blocks that were touched are looked at.
static struct pages pages_of(const struct seen *seen) {
    struct pages pages = {0};
    if (seen->has_object) count_pages(seen->start, seen->end, &pages);
    for (uint64_t va = seen->start, block; !seen->has_object && va < seen->end; va = block) {
        block = (va / BLOCK + 1) * BLOCK;
        if (grid_is_populated(va)) count_pages(va, block < seen->end ? block : seen->end, &pages);
    }
    return pages;
}

void proc_sizes(struct proc_sizes *sizes) {
    struct seen seen[SOME];
    uint64_t va = 0;
    *sizes = (struct proc_sizes){0};
    for (unsigned count; (count = look(&va, seen)) > 0;) {
        for (unsigned i = 0; i < count; i++) {
            uint64_t bytes = seen[i].end - seen[i].start;
            struct pages pages = pages_of(&seen[i]);
            bool is_text = seen[i].is_file && (seen[i].protection & PROTECTION_EXEC) != 0;
            sizes->bytes += bytes;
            if (is_text) sizes->text += bytes;
            if (seen[i].is_locked) sizes->locked += bytes;
            if (!seen[i].is_shared && (seen[i].protection & PROTECTION_WRITE) != 0) sizes->data += bytes;
            if (seen[i].end == LINUX_STACK_TOP) sizes->stack += bytes;
            *(seen[i].is_file     ? &sizes->of_files
              : seen[i].is_shared ? &sizes->shared
                                  : &sizes->anonymous) += pages.there;
        }
    }
}

// ---- smaps ----

struct amounts {
    uint64_t size, resident, shared_clean, shared_dirty, private_clean, private_dirty, anonymous, locked;
};

static void add(const struct seen *seen, struct amounts *amounts) {
    struct pages pages = pages_of(seen);
    uint64_t clean = pages.there - pages.dirty;
    amounts->size += seen->end - seen->start;
    amounts->resident += pages.there;
    *(seen->is_shared ? &amounts->shared_clean : &amounts->private_clean) += clean;
    *(seen->is_shared ? &amounts->shared_dirty : &amounts->private_dirty) += pages.dirty;
    if (!seen->is_shared) amounts->anonymous += seen->is_file ? pages.dirty : pages.there;
    if (seen->is_locked) amounts->locked += pages.there;
}

static void print_row(struct linux_sink *sink, const char *name, uint64_t pages) {
    char line[LINE];
    size_t length = format_to(line, sizeof line, "%s:", name);
    sink_bytes(sink, line, length);
    for (; length < 16; length++) sink_bytes(sink, " ", 1);
    sink_print(sink, "%8lu kB\n", pages * (PAGE / 1024));
}

static void print_amounts(const struct amounts *amounts, struct linux_sink *sink) {
    print_row(sink, "Rss", amounts->resident);
    print_row(sink, "Pss", amounts->resident);
    print_row(sink, "Pss_Dirty", amounts->shared_dirty + amounts->private_dirty);
    print_row(sink, "Shared_Clean", amounts->shared_clean);
    print_row(sink, "Shared_Dirty", amounts->shared_dirty);
    print_row(sink, "Private_Clean", amounts->private_clean);
    print_row(sink, "Private_Dirty", amounts->private_dirty);
    print_row(sink, "Referenced", amounts->resident);
    print_row(sink, "Anonymous", amounts->anonymous);
    print_row(sink, "LazyFree", 0);
    print_row(sink, "AnonHugePages", 0);
    print_row(sink, "ShmemPmdMapped", 0);
    print_row(sink, "FilePmdMapped", 0);
    print_row(sink, "Shared_Hugetlb", 0);
    print_row(sink, "Private_Hugetlb", 0);
    print_row(sink, "Swap", 0);
    print_row(sink, "SwapPss", 0);
    print_row(sink, "Locked", amounts->locked);
}

static void smaps_text(const struct linux_made *node, struct linux_sink *sink) {
    struct seen seen[SOME];
    uint64_t va = 0;
    (void)node;
    for (unsigned count; !sink->is_full && !sink->is_bad && (count = look(&va, seen)) > 0;) {
        for (unsigned i = 0; i < count; i++) {
            struct amounts amounts = {0};
            uint64_t protection = seen[i].protection;
            add(&seen[i], &amounts);
            print_header(&seen[i], sink);
            print_row(sink, "Size", amounts.size / PAGE);
            print_row(sink, "KernelPageSize", 1);
            print_row(sink, "MMUPageSize", 1);
            print_amounts(&amounts, sink);
            sink_print(sink, "THPeligible:           0\nVmFlags:%s%s%s%s mr mw me%s\n",
                       (protection & PROTECTION_READ) != 0 ? " rd" : "",
                       (protection & PROTECTION_WRITE) != 0 ? " wr" : "",
                       (protection & PROTECTION_EXEC) != 0 ? " ex" : "", seen[i].is_shared ? " sh" : "",
                       seen[i].is_locked ? " lo" : "");
        }
    }
}

static void rollup_text(const struct linux_made *node, struct linux_sink *sink) {
    struct seen seen[SOME];
    struct amounts amounts = {0};
    uint64_t va = 0, first = 0, last = 0;
    (void)node;
    for (unsigned count; (count = look(&va, seen)) > 0;) {
        if (first == 0) first = seen[0].start;
        last = seen[count - 1].end;
        for (unsigned i = 0; i < count; i++) add(&seen[i], &amounts);
    }
    sink_print(sink, "%08lx-%08lx ---p 00000000 00:00 0                                [rollup]\n", first, last);
    print_amounts(&amounts, sink);
}

static void statm_text(const struct linux_made *node, struct linux_sink *sink) {
    struct proc_sizes sizes;
    (void)node;
    proc_sizes(&sizes);
    sink_print(sink, "%lu %lu %lu %lu 0 %lu 0\n", sizes.bytes / PAGE, sizes.anonymous + sizes.of_files + sizes.shared,
               sizes.of_files + sizes.shared, sizes.text / PAGE, sizes.data / PAGE);
}

const struct proc_text proc_of_memory[] = {{"maps", maps_text, false},
                                           {"smaps", smaps_text, false},
                                           {"smaps_rollup", rollup_text, false},
                                           {"statm", statm_text, false},
                                           {NULL, NULL, false}};
