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
    if (port == NULL && index != 0) return result(why, 0);
    if (port == NULL)
        interrupt_complete((uint32_t)source);
    else
        interrupt_listen((uint32_t)source, port, bits);
    return result(STATUS_OK, 0);
}

sys_result sys_console(uint64_t machine, uint64_t what, uint64_t value) {
    uint64_t why;
    if (find(machine, OBJECT_MACHINE, HANDLE_CONSOLE, &why) == NULL) return result(why, 0);
    if (what == CONSOLE_READ) {
        int c = console_read();
        return c < 0 ? result(STATUS_EMPTY, 0) : result(STATUS_OK, (uint64_t)c);
    }
    if (what != CONSOLE_WRITE || value > CONSOLE_BYTES) return result(MISUSED, 0);
    console_write(thread_current()->message_page, value);
    return result(STATUS_OK, value);
}

sys_result sys_events(uint64_t machine, uint64_t index, uint64_t va) {
    uint64_t why, done = 0;
    if (find(machine, OBJECT_MACHINE, HANDLE_EVENTS, &why) == NULL) return result(why, 0);
    if (index >= hart_count || !pages_are_valid(va, RING_PAGES)) return result(MISUSED, 0);
    for (why = STATUS_OK; why == STATUS_OK && done < RING_PAGES; done += why == STATUS_OK) {
        struct pa at = pa(pa_of(harts[index].ring).bits + done * PAGE_SIZE);
        why = thread_show_page(thread_current(), va + done * PAGE_SIZE, at, RIGHT_READ | INFO_DEVICE);
    }
    if (why == STATUS_OK) ring_start();
    return result(why, done);
}

sys_result sys_power(uint64_t machine, uint64_t how, uint64_t status) {
    uint64_t why;
    if (find(machine, OBJECT_MACHINE, HANDLE_POWER, &why) == NULL) return result(why, 0);
    if (how == POWER_HOW_REBOOT) power_reboot();
    if (how != POWER_HOW_OFF || status > UINT16_MAX) return result(MISUSED, 0);
    power_off((uint32_t)status);
}
