// SPDX-License-Identifier: MIT
// System calls of the machine: time, interrupts, console, event rings, the end.
#include "console.h"
#include "interrupt.h"
#include "page.h"
#include "port.h"
#include "region.h"
#include "sbi.h"
#include "system_calls.h"

static bool is_allowed(uint64_t machine, uint32_t right, uint64_t *why) {
    return handle_object(thread_current()->space, machine, OBJECT_MACHINE, right, why) != NULL;
}

sys_result sys_timer(uint64_t index, uint64_t bits, uint64_t deadline) {
    uint64_t why;
    struct port *port = handle_object(thread_current()->space, index, OBJECT_PORT, HANDLE_NOTIFY, &why);
    if (port == NULL) return result(why, 0);
    port_set_timer(port, bits, deadline);
    return result(STATUS_OK, 0);
}

sys_result sys_interrupt(uint64_t machine, uint64_t source, uint64_t index, uint64_t bits) {
    uint64_t why;
    if (!is_allowed(machine, HANDLE_INTERRUPT, &why)) return result(why, 0);
    if (source > UINT32_MAX) return result(MISUSED, 0);
    if (index == 0) return result(interrupt_complete((uint32_t)source) ? STATUS_OK : MISUSED, 0);
    struct port *port = handle_object(thread_current()->space, index, OBJECT_PORT, HANDLE_NOTIFY, &why);
    if (port == NULL) return result(why, 0);
    return result(interrupt_listen((uint32_t)source, port, bits) ? STATUS_OK : MISUSED, 0);
}

sys_result sys_console(uint64_t machine, uint64_t what, uint64_t value) {
    uint64_t why;
    if (!is_allowed(machine, HANDLE_CONSOLE, &why)) return result(why, 0);
    if (what == CONSOLE_READ) {
        int c = console_read();
        return c < 0 ? result(STATUS_EMPTY, 0) : result(STATUS_OK, (uint64_t)c);
    }
    if (what != CONSOLE_WRITE || value > CONSOLE_BYTES) return result(MISUSED, 0);
    console_write(thread_current()->message_page, value);
    return result(STATUS_OK, value);
}

sys_result sys_events(uint64_t machine, uint64_t index, uint64_t va) {
    struct thread *thread = thread_current();
    struct slot slot;
    uint64_t why;
    if (!is_allowed(machine, HANDLE_EVENTS, &why)) return result(why, 0);
    if (index >= hart_count || !pages_are_valid(va, RING_PAGES)) return result(MISUSED, 0);
    const struct region *region = region_find(thread->space, va);
    if (region == NULL || region->closing || region_end(region) - va < RING_PAGES * PAGE_SIZE)
        return result(STATUS_ABSENT, 0);
    if (region->port != NULL) return result(STATUS_DENIED, 0);
    for (uint64_t i = 0; i < RING_PAGES; i++) {
        if (!table_make(thread->space, va + i * PAGE_SIZE, 0, &slot)) return result(STATUS_NO_MEMORY, i);
        if ((*slot_info(&slot) & INFO_PRESENT) != 0) return result(STATUS_TAKEN, i);
        page_place(&slot, pa(pa_of(harts[index].ring).bits + i * PAGE_SIZE), RIGHT_READ | INFO_DEVICE, 0, 0);
    }
    ring_start();
    return result(STATUS_OK, RING_PAGES);
}

sys_result sys_power(uint64_t machine, uint64_t how, uint64_t status) {
    uint64_t why;
    if (!is_allowed(machine, HANDLE_POWER, &why)) return result(why, 0);
    if (how == POWER_HOW_REBOOT) power_reboot();
    if (how != POWER_HOW_OFF || status > UINT16_MAX) return result(MISUSED, 0);
    power_off((uint32_t)status);
}
