// SPDX-License-Identifier: MIT
// The table of contents: what is set up, in which order, and why in that one.
#include "main.h"

#include "arguments.h"
#include "console.h"
#include "csr.h"
#include "early.h"
#include "firmware.h"
#include "frame.h"
#include "frames.h"
#include "hart.h"
#include "image.h"
#include "interrupts.h"
#include "ktest.h"
#include "machine.h"
#include "map.h"
#include "mapping.h"
#include "sbi.h"
#include "schedule.h"
#include "start.h"
#include "timer.h"
#include "trap.h"
#include "wakeup.h"

enum {
    TREE_SIZE_MOST = BLOCK_SIZE, // as much as the early map surely shows
};

static struct machine machine;
static struct image image;

static void require(const char *wrong) {
    if (wrong == NULL) return;
    print("pagoda: cannot start: %s\n", wrong);
    power_off(POWER_REFUSED);
}

// The boot image may also follow the kernel in its file: where memory is so small that nothing else has its place.
static void look_behind_kernel(struct pa kernel) {
    uint64_t start = kernel.bits + (uint64_t)(kernel_end - kernel_start);
    for (uint32_t i = 0; i < machine.memory_count; i++) {
        uint64_t end = machine.memory[i].start + machine.memory[i].size;
        if (start < machine.memory[i].start || start >= end || end - start < PAGE_SIZE) continue;
        const struct image_header *header = direct(pa(start));
        if (header->magic == IMAGE_MAGIC && header->size <= end - start)
            machine.initrd = (struct span){start, header->size};
    }
}

static const char *open_image(void) {
    if (machine.initrd.size != 0) return image_open(&image, direct(pa(machine.initrd.start)), machine.initrd.size);
    return ktest_run != NULL ? NULL : "there is no boot image: start with -initrd pagoda.img";
}

static uint64_t memory_size(void) {
    uint64_t size = 0;
    for (uint32_t i = 0; i < machine.memory_count; i++) size += machine.memory[i].size;
    return size;
}

static void obey(const char *arguments) {
    if (ktest_run != NULL) power_off(ktest_run(arguments) == 0 ? POWER_OFF : POWER_REFUSED);
    if (arguments_have(arguments, "events")) ring_start();
    if (arguments_have(arguments, "poweroff")) power_off(POWER_OFF);
    if (arguments_have(arguments, "reboot")) power_reboot();
    if (arguments_have(arguments, "panic")) panic("asked for on the command line");
    if (arguments_have(arguments, "assert")) assert(arguments == NULL);
    if (arguments_have(arguments, "fault")) *(volatile char *)USER_END = 0;
    if (arguments_have(arguments, "hang"))
        for (;;)
            ;
}

// Into the loop that looks for a thread to run, with the kernel locked as always there.
static _Noreturn void work(void) {
    lock_acquire();
    hart_here()->next = &thread_idle;
    hart_here()->current = &thread_gone;
    trap_return();
}

_Noreturn void boot_main(uint64_t hart_id, uint64_t tree, struct pa kernel, uint64_t first_cycle) {
    const char *wrong = machine_read(&machine, direct(pa(tree)), TREE_SIZE_MOST);
    early_reach(machine.finisher.start, machine.finisher.size);
    if (machine.finisher.size >= sizeof *power_finisher) // so that a refusal has its status
        power_finisher = direct(pa(machine.finisher.start));
    require(wrong);
    require(firmware_missing());
    wakeup_prepare(&machine, hart_id, kernel);
    for (uint32_t i = 0; i < machine.memory_count; i++) early_reach(machine.memory[i].start, machine.memory[i].size);
    if (machine.initrd.size == 0) look_behind_kernel(kernel);
    require(frames_init(&machine, kernel));
    require(mapping_init(&machine, kernel));
    require(open_image());
    timer_frequency = machine.timebase;
    timer_is_own = machine.has_sstc;
    interrupts_init(&machine);
    interrupts_enable_here();
    harts[0].online = true;
    require(wakeup_others(kernel));
    print("pagoda: ready: %u hart%s, %lu MiB of memory, %lu frames free, %lu instructions\n", hart_count,
          hart_count == 1 ? "" : "s", memory_size() >> 20, frame_free_count, csr_read(cycle) - first_cycle);
    obey(machine.arguments);
    lock_acquire();
    if (image.file_count != 0) require(start_first_program(&image, &machine));
    console_watch(CONSOLE_WATCH_KEYS);
    lock_release();
    work();
}

_Noreturn void boot_main_secondary(void) {
    interrupts_enable_here();
    ring_record(hart_here(), EVENT_boot, hart_here()->id, 0);
    __atomic_store_n(&hart_here()->online, true, __ATOMIC_RELEASE);
    work();
}
