// SPDX-License-Identifier: MIT
// System calls of the machine: time, interrupts, console, event rings, the end.
#include "console.h"
#include "interrupt.h"
#include "port.h"
#include "system_calls.h"

// What is under a handle of the caller's, or NULL, and why.
static void *find(uint64_t handle, enum object_kind kind, uint32_t right, uint64_t *why) {
    return handle_object(thread_current()->space, handle, kind, right, why);
}

sys_result sys_timer(uint64_t index, uint64_t bits, uint64_t deadline) {
    uint64_t why;
    struct port *port = find(index, OBJECT_PORT, HANDLE_NOTIFY, &why);
    if (port != NULL) port_set_timer(port, bits, deadline);
    return result(why, 0);
}

sys_result sys_interrupt(uint64_t machine, uint64_t source, uint64_t index, uint64_t bits) {
    uint64_t why;
    if (find(machine, OBJECT_MACHINE, HANDLE_INTERRUPT, &why) == NULL) return result(why, 0);
    if (source == 0 || source > interrupt_sources) return result(MISUSED, 0);
    struct port *port = index == 0 ? NULL : find(index, OBJECT_PORT, HANDLE_NOTIFY, &why);
    if (port != NULL) interrupt_listen((uint32_t)source, port, bits);
    if (index == 0) interrupt_complete((uint32_t)source);
    return result(why, 0);
}

sys_result sys_console(uint64_t machine, uint64_t what, uint64_t value) {
    uint64_t why;
    uint32_t right = what == CONSOLE_WATCH ? HANDLE_INTERRUPT : HANDLE_CONSOLE;
    if (find(machine, OBJECT_MACHINE, right, &why) == NULL) return result(why, 0);
    int key = what == CONSOLE_READ ? console_read() : 0;
    if (what == CONSOLE_READ) return key < 0 ? result(STATUS_EMPTY, 0) : result(STATUS_OK, (uint64_t)key);
    bool is_watch = what == CONSOLE_WATCH && value <= CONSOLE_WATCH_WAITS;
    if (!is_watch && (what != CONSOLE_WRITE || value > CONSOLE_BYTES)) return result(MISUSED, 0);
    if (is_watch) console_watch((enum console_watch)value);
    if (!is_watch) console_write(thread_current()->message_page, value);
    return result(STATUS_OK, value);
}

sys_result sys_events(uint64_t machine, uint64_t index, uint64_t va) {
    uint64_t why;
    if (find(machine, OBJECT_MACHINE, HANDLE_EVENTS, &why) == NULL) return result(why, 0);
    if (index >= hart_count || !pages_are_valid(va, RING_PAGES)) return result(MISUSED, 0);
    for (uint64_t page = 0; why == STATUS_OK && page < RING_PAGES * PAGE_SIZE; page += PAGE_SIZE)
        why = thread_show_page(thread_current(), va + page, pa(pa_of(harts[index].ring).bits + page),
                               RIGHT_READ | INFO_DEVICE);
    if (why == STATUS_OK) ring_start();
    return result(why, 0);
}

sys_result sys_physical(uint64_t machine, uint64_t va, uint64_t pages) {
    uint64_t why, done, *told = thread_current()->message_page;
    if (find(machine, OBJECT_MACHINE, HANDLE_DMA, &why) == NULL) return result(why, 0);
    if (!pages_are_valid(va, pages)) return result(MISUSED, 0);
    for (done = 0; done < pages && done < PAGES_PER_CALL; va += PAGE_SIZE) {
        struct slot slot;
        if (!table_find_fast(thread_current()->space, va, &slot) || (*slot_info(&slot) & INFO_PRESENT) == 0)
            return result(STATUS_ABSENT, done);
        told[done++] = pte_pa(*slot.pte).bits + (slot.level == 0 ? 0 : va % BLOCK_SIZE);
    }
    return result(done < pages ? STATUS_MORE : STATUS_OK, done);
}

sys_result sys_power(uint64_t machine, uint64_t how, uint64_t status) {
    uint64_t why;
    if (find(machine, OBJECT_MACHINE, HANDLE_POWER, &why) == NULL) return result(why, 0);
    if (how == POWER_HOW_REBOOT) power_reboot();
    if (how != POWER_HOW_OFF || status > UINT16_MAX) return result(MISUSED, 0);
    power_off((uint32_t)status);
}
