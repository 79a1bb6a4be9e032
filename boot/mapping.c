// SPDX-License-Identifier: MIT
// The kernel's own page table: its window, and the direct map of memory and devices.
//
// Nothing is writable and executable, by whatever name: the direct map shows the kernel's image with the window's
// rights less execution. Entries of the upper half are shared by all spaces and never change after boot.
#include "mapping.h"

#include "early.h"
#include "machine.h"
#include "space.h"

static uint64_t *root;

static uint64_t *table_make(void) {
    const struct frame *frame = frame_allocate(FRAME_KERNEL, 1);
    return frame == NULL ? NULL : direct(frame_pa(frame));
}

// Enter `bits` for the page (level 0) or block (level 1) at va. => false when there is no memory for a table
static bool map_one(uint64_t va, struct pa at, uint64_t bits, unsigned level) {
    uint64_t *table = root;
    for (unsigned i = PTE_TOP_LEVEL; i > level; i--) {
        uint64_t *pte = &table[pte_index(va, i)];
        if (*pte == 0) {
            uint64_t *next = table_make();
            if (next == NULL) return false;
            *pte = pte_make(pa_of(next), PTE_V);
        }
        table = direct(pte_pa(*pte));
    }
    table[pte_index(va, level)] = pte_make(at, bits | PTE_V | PTE_G | PTE_A | PTE_D);
    return true;
}

static bool overlaps(uint64_t start, uint64_t size, uint64_t other, uint64_t other_size) {
    return start < other + other_size && other < start + size;
}

static bool is_reserved(const struct machine *machine, uint64_t start, uint64_t size) {
    for (uint32_t i = 0; i < machine->reserved_count; i++) {
        if (overlaps(start, size, machine->reserved[i].start, machine->reserved[i].size)) return true;
    }
    return false;
}

// All of a span of memory, by blocks where a block holds nothing special.
static bool map_memory(const struct machine *machine, struct span span, struct pa image) {
    const uint64_t image_size = (uint64_t)(kernel_end - kernel_start);
    uint64_t end = align_down(span.start + span.size, PAGE_SIZE);
    for (uint64_t at = align_up(span.start, PAGE_SIZE); at < end;) {
        bool is_block = at % BLOCK_SIZE == 0 && end - at >= BLOCK_SIZE && !is_reserved(machine, at, BLOCK_SIZE) &&
                        !overlaps(at, BLOCK_SIZE, image.bits, image_size);
        uint64_t rights = PTE_R | PTE_W;
        if (overlaps(at, PAGE_SIZE, image.bits, image_size)) rights = window_rights(at - image.bits) & ~PTE_X;
        if (rights != 0 && (is_block || !is_reserved(machine, at, PAGE_SIZE)) &&
            !map_one(DIRECT_BASE + at, pa(at), rights, is_block ? 1 : 0))
            return false;
        at += is_block ? BLOCK_SIZE : PAGE_SIZE;
    }
    return true;
}

static bool map_device(struct span span) {
    uint64_t end = align_up(span.start + span.size, PAGE_SIZE);
    if (end > DIRECT_SIZE) return true; // out of reach: whoever uses it finds it unmapped
    for (uint64_t at = align_down(span.start, PAGE_SIZE); at < end;) {
        bool is_block = at % BLOCK_SIZE == 0 && end - at >= BLOCK_SIZE;
        if (!map_one(DIRECT_BASE + at, pa(at), PTE_R | PTE_W, is_block ? 1 : 0)) return false;
        at += is_block ? BLOCK_SIZE : PAGE_SIZE;
    }
    return true;
}

static bool map_window(struct pa image) {
    for (uint64_t offset = 0; offset < (uint64_t)(kernel_end - kernel_start); offset += PAGE_SIZE) {
        uint64_t rights = window_rights(offset);
        if (rights != 0 && !map_one(KERNEL_WINDOW + offset, pa(image.bits + offset), rights, 0)) return false;
    }
    return true;
}

// Do all harts tell address spaces apart by their numbers, all of them? Otherwise every switch fences.
static bool numbers_are_known(void) {
    uint64_t all = 0xfffull << SATP_NUMBER_SHIFT;
    csr_write(satp, entry_root | all);
    bool known = (csr_read(satp) & all) == all;
    space_leave();
    return known;
}

const char *mapping_init(const struct machine *machine, struct pa image) {
    root = table_make();
    bool done =
        root != NULL && map_window(image) && map_device(machine->interrupt_controller) && map_device(machine->finisher);
    for (uint32_t m = 0; done && m < machine->memory_count; m++) done = map_memory(machine, machine->memory[m], image);
    if (!done) return "there is no room for the kernel's page table: start with more memory";
    entry_root = SATP_SV39 | pa_of(root).bits >> PAGE_BITS;
    space_leave();
    bool known = numbers_are_known();
    for (uint32_t i = 0; known && i < HARTS; i++) harts[i].settles = harts[i].bit;
    return NULL;
}
