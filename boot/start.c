// SPDX-License-Identifier: MIT
// The first program: the file `init` of the boot image, in a space that has all there is.
#include "start.h"

#include <abi/start.h>

#include "elf.h"
#include "extent.h"
#include "handle.h"
#include "image.h"
#include "machine.h"
#include "region.h"
#include "schedule.h"
#include "string.h"
#include "timer.h"

enum {
    FIRST_PRIORITY = 16,
    DEVICE_PAGES_MOST = 16, // of one; a larger one is not given
};

_Static_assert((int)MACHINE_DEVICES <= (int)START_DEVICES_MOST, "the table has them all");

static struct object machine_object = {.references = 1, .kind = OBJECT_MACHINE};

static bool add_region(struct space *space, uint64_t va, uint64_t end, uint64_t rights) {
    struct region wanted = {.node.key = va, .size = end - va, .space = space, .rights = (uint8_t)rights};
    return region_add(&wanted) == STATUS_OK;
}

static bool alloc(struct space *space, uint64_t va, uint64_t pages, uint64_t rights) {
    struct extent extent = {.space = space, .va = va, .pages = pages, .own = true};
    return extent_alloc(&extent, rights, space) == STATUS_OK;
}

// The kernel's view of a byte of the space.
static char *view(struct space *space, uint64_t va) {
    struct slot slot;
    table_make(space, va, 0, &slot);
    return (char *)direct(pte_pa(*slot.pte)) + va % PAGE_SIZE;
}

static bool load_segment(struct space *space, const struct elf_segment *segment, const char *bytes) {
    uint64_t start = align_down(segment->va, PAGE_SIZE), end = align_up(segment->va + segment->size, PAGE_SIZE);
    uint64_t rights = (segment->rights & ELF_READ ? RIGHT_READ : 0) | (segment->rights & ELF_WRITE ? RIGHT_WRITE : 0) |
                      (segment->rights & ELF_EXECUTE ? RIGHT_EXECUTE : 0);
    if (segment->va < START_BASE || end > START_STACK_TOP - START_STACK_PAGES * PAGE_SIZE) return false;
    if (!alloc(space, start, (end - start) / PAGE_SIZE, rights)) return false;
    for (uint64_t done = 0, step; done < segment->in_file; done += step) {
        uint64_t va = segment->va + done, left = segment->in_file - done;
        step = PAGE_SIZE - va % PAGE_SIZE;
        step = step < left ? step : left;
        memcpy(view(space, va), bytes + segment->offset + done, step);
    }
    return true;
}

// The boot image's own frames become the first program's.
static bool show_image(struct space *space, struct span where) {
    uint64_t pages = align_up(where.size, PAGE_SIZE) / PAGE_SIZE;
    if (!add_region(space, START_IMAGE, START_IMAGE + pages * PAGE_SIZE, RIGHT_READ | RIGHT_EXECUTE)) return false;
    for (uint64_t i = 0; i < pages; i++) {
        struct pa at = pa(where.start + i * PAGE_SIZE);
        struct slot slot;
        if (!table_make(space, START_IMAGE + i * PAGE_SIZE, 0, &slot)) return false;
        struct frame *frame = frame_at(at);
        *frame = (struct frame){.kind = FRAME_USER, .owner = space_number(space)};
        space_pay(space, frame);
        page_place(&slot, at, RIGHT_READ | RIGHT_EXECUTE | RIGHT_SHARE, RIGHT_READ | RIGHT_EXECUTE, 0);
    }
    return true;
}

// The pages that a device's registers are in.
static struct span pages_of(struct span registers) {
    uint64_t start = align_down(registers.start, PAGE_SIZE);
    return (struct span){start, align_up(registers.start + registers.size, PAGE_SIZE) - start};
}

static bool overlap(struct span left, struct span right) {
    return left.start < right.start + right.size && right.start < left.start + left.size;
}

// Whoever has its pages has nothing else with them.
static bool is_alone(const struct machine *machine, uint32_t index) {
    struct span pages = pages_of(machine->device[index].registers);
    bool alone = pages.size <= DEVICE_PAGES_MOST * PAGE_SIZE && !overlap(pages, machine->interrupt_controller) &&
                 !overlap(pages, pages_of(machine->finisher));
    for (uint32_t i = 0; i < machine->device_count; i++)
        alone &= i == index || !overlap(pages, pages_of(machine->device[i].registers));
    for (uint32_t i = 0; i < machine->memory_count; i++) alone &= !overlap(pages, machine->memory[i]);
    return alone;
}

static bool show_device(struct space *space, uint64_t va, struct span pages) {
    const uint64_t rights = RIGHT_READ | RIGHT_WRITE;
    for (uint64_t offset = 0; offset < pages.size; offset += PAGE_SIZE) {
        struct slot slot;
        if (!table_make(space, va + offset, 0, &slot)) return false;
        page_place(&slot, pa(pages.start + offset), rights | RIGHT_SHARE | INFO_DEVICE, rights, 0);
    }
    return true;
}

static bool show_devices(struct space *space, const struct machine *machine) {
    static const char *const kinds[] = {[DEVICE_VIRTIO_MMIO] = "virtio-mmio",
                                        [DEVICE_UART_16550] = "uart-16550",
                                        [DEVICE_GOLDFISH_RTC] = "goldfish-rtc"};
    uint64_t end = START_DEVICES + (1 + MACHINE_DEVICES * DEVICE_PAGES_MOST) * PAGE_SIZE, va = START_DEVICES;
    if (!add_region(space, va, end, RIGHT_READ | RIGHT_WRITE) || !alloc(space, va, 1, RIGHT_READ)) return false;
    struct start_devices *table = (struct start_devices *)view(space, va);
    va += PAGE_SIZE;
    table->count = machine->device_count;
    table->harts = machine->hart_count;
    for (uint32_t i = 0; i < machine->device_count; i++) {
        const struct device *device = &machine->device[i];
        struct start_device *shown = &table->device[i];
        struct span pages = pages_of(device->registers);
        memcpy(shown->kind, kinds[device->kind], string_length(kinds[device->kind]));
        shown->size = device->registers.size;
        shown->interrupt = device->interrupt;
        if (!is_alone(machine, i)) continue;
        if (!show_device(space, va, pages)) return false;
        shown->va = va + device->registers.start % PAGE_SIZE;
        va += pages.size;
    }
    return true;
}

static const char *load(struct space *space, const struct image *image, const struct machine *devices,
                        struct span where) {
    struct elf elf;
    const struct image_file *file = image_find(image, "init");
    if (file == NULL) return "the boot image has no file init";
    const char *bytes = image_bytes(image, file), *wrong = elf_read(&elf, bytes, file->size);
    if (wrong != NULL) return wrong;
    bool done = add_region(space, START_BASE, START_END, RIGHTS_ACCESS) && show_image(space, where) &&
                show_devices(space, devices);
    for (uint32_t i = 0; done && i < elf.segment_count; i++) done = load_segment(space, &elf.segment[i], bytes);
    uint64_t stack = START_STACK_TOP - START_STACK_PAGES * PAGE_SIZE;
    if (!done || !alloc(space, stack, START_STACK_PAGES, RIGHT_READ | RIGHT_WRITE))
        return "the first program does not fit: start with more memory";
    struct thread *thread = thread_create(space, elf.entry, START_STACK_TOP, START_MESSAGE_PAGE, FIRST_PRIORITY);
    if (thread == NULL || thread_show_page(thread, START_MESSAGE_PAGE, pa_of(thread->message_page),
                                           RIGHT_READ | RIGHT_WRITE) != STATUS_OK)
        return "the first program does not fit: start with more memory";
    thread->own.x[REGISTER_A0 + 1] = START_IMAGE;
    thread->own.x[REGISTER_A0 + 2] = where.size;
    thread->own.x[REGISTER_A0 + 3] = timer_frequency;
    schedule_ready(thread);
    return NULL;
}

const char *start_first_program(const struct image *image, const struct machine *found) {
    struct span where = found->initrd;
    uint64_t pages = align_up(where.size, PAGE_SIZE) / PAGE_SIZE, index;
    struct space *space = space_create(NULL, frame_free_count + pages, 0);
    struct handle machine = {.object = &machine_object,
                             .rights = HANDLE_CONSOLE | HANDLE_POWER | HANDLE_INTERRUPT | HANDLE_EVENTS | HANDLE_DMA |
                                       HANDLE_MINT | HANDLE_PASS};
    if (space == NULL || handle_add(space, HANDLE_MACHINE, &machine, &index) != STATUS_OK)
        return "the first program does not fit: start with more memory";
    object_keep(&space->object); // it is never freed: what it has would be nobody's
    return load(space, image, found, where);
}
