// SPDX-License-Identifier: MIT
// The system calls as C functions, one for each row of <abi/system_calls.def>, nothing but an ecall each.
#pragma once

#include <abi/call.h>
#include <abi/memory.h>
#include <abi/message.h>
#include <abi/rights.h>
#include <stdint.h>

// A message as it is received.
struct message {
    uint64_t status, tag;
    uint64_t word[5];
    uint64_t token, badge, handle;
};

#define OS_INLINE __attribute__((always_inline)) static inline

// Whatever a register happens to hold: an argument that the call does not look at.
OS_INLINE uint64_t os_any(void) {
    uint64_t value;
    __asm__ volatile("" : "=r"(value));
    return value;
}

// The one ecall. The kernel returns in a0 and a1 and leaves nothing of value in the other caller-saved registers.
#define OS_REGISTERS(number, r0, r1, r2, r3, r4, r5, r6, r7)                                                     \
    register uint64_t a0 __asm__("a0") = (r0);                                                                   \
    register uint64_t a1 __asm__("a1") = (r1);                                                                   \
    register uint64_t a2 __asm__("a2") = (r2);                                                                   \
    register uint64_t a3 __asm__("a3") = (r3);                                                                   \
    register uint64_t a4 __asm__("a4") = (r4);                                                                   \
    register uint64_t a5 __asm__("a5") = (r5);                                                                   \
    register uint64_t a6 __asm__("a6") = (r6);                                                                   \
    register uint64_t a7 __asm__("a7") = ~(uint64_t)(number);                                                    \
    register uint64_t t0 __asm__("t0") = (r7);                                                                   \
    register uint64_t t1 __asm__("t1");                                                                          \
    __asm__ volatile("ecall"                                                                                     \
                     : "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a3), "+r"(a4), "+r"(a5), "+r"(a6), "+r"(a7), "+r"(t0), \
                       "=r"(t1)                                                                                  \
                     :                                                                                           \
                     : "t2", "t3", "t4", "t5", "t6", "memory")

OS_INLINE struct result os_trap(uint64_t number, uint64_t r0, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
                                uint64_t r5, uint64_t r6, uint64_t r7) {
    OS_REGISTERS(number, r0, r1, r2, r3, r4, r5, r6, r7);
    return (struct result){a0, a1};
}

OS_INLINE struct message os_trap_message(uint64_t number, uint64_t r0, uint64_t r1, uint64_t r2, uint64_t r3,
                                         uint64_t r4, uint64_t r5, uint64_t r6, uint64_t r7) {
    OS_REGISTERS(number, r0, r1, r2, r3, r4, r5, r6, r7);
    return (struct message){a0, a1, {a2, a3, a4, a5, a6}, a7, t0, t1};
}

#define OS_1(name, a)                   os_trap(CALL_##name, a, os_any(), OS_ANY_2, OS_ANY_2, OS_ANY_2)
#define OS_2(name, a, b)                os_trap(CALL_##name, a, b, OS_ANY_2, OS_ANY_2, OS_ANY_2)
#define OS_3(name, a, b, c)             os_trap(CALL_##name, a, b, c, os_any(), OS_ANY_2, OS_ANY_2)
#define OS_4(name, a, b, c, d)          os_trap(CALL_##name, a, b, c, d, OS_ANY_2, OS_ANY_2)
#define OS_5(name, a, b, c, d, e)       os_trap(CALL_##name, a, b, c, d, e, os_any(), OS_ANY_2)
#define OS_7(name, a, b, c, d, e, f, g) os_trap(CALL_##name, a, b, c, d, e, f, g, os_any())
#define OS_ANY_2                        os_any(), os_any()

// ---- messages ----

OS_INLINE struct result os_null(void) { return OS_1(null, os_any()); }

OS_INLINE struct message os_call(uint64_t handle, uint64_t tag, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3,
                                 uint64_t w4) {
    return os_trap_message(CALL_call, handle, tag, w0, w1, w2, w3, w4, os_any());
}

OS_INLINE struct message os_recv(uint64_t port, uint64_t flags) {
    return os_trap_message(CALL_recv, port, flags, OS_ANY_2, OS_ANY_2, OS_ANY_2);
}

OS_INLINE struct result os_reply(uint64_t token, uint64_t tag, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3,
                                 uint64_t w4) {
    return OS_7(reply, token, tag, w0, w1, w2, w3, w4);
}

OS_INLINE struct message os_reply_recv(uint64_t token, uint64_t tag, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3,
                                       uint64_t w4, uint64_t port) {
    return os_trap_message(CALL_reply_recv, token, tag, w0, w1, w2, w3, w4, port);
}

OS_INLINE struct result os_notify(uint64_t handle, uint64_t bits) { return OS_2(notify, handle, bits); }

// ---- the thread's own handler: see <os/handlers.h> ----

// => returns only if it is refused. Not for C: the interrupted s-registers must be in their places.
OS_INLINE struct result os_resume(uint64_t flags, uint64_t va, uint64_t pages, uint64_t rights) {
    return OS_4(resume, flags, va, pages, rights);
}

OS_INLINE struct result os_upcall(uint64_t entry, uint64_t stack, uint64_t area) {
    return OS_3(upcall, entry, stack, area);
}

// ---- memory: <os/ranges.h> has those that go on after STATUS_MORE ----

// payer 0: my own account; else a space of which I page payer_va
OS_INLINE struct result os_alloc(uint64_t va, uint64_t pages, uint64_t rights, uint64_t payer, uint64_t payer_va) {
    return OS_5(alloc, va, pages, rights, payer, payer_va);
}

OS_INLINE struct result os_map2(uint64_t from, uint64_t space, uint64_t va, uint64_t pages, uint64_t rights) {
    return os_trap(CALL_map2, from, space, va, pages, rights, OS_ANY_2, HANDLE_SELF);
}

// The same for pages of the space under a handle with HANDLE_LEND, to my own.
OS_INLINE struct result os_borrow(uint64_t lender, uint64_t from, uint64_t va, uint64_t pages, uint64_t rights) {
    return os_trap(CALL_map2, from, 0, va, pages, rights, OS_ANY_2, lender);
}

// Of the lender's pages too, to a place in a region of that space which one pages.
OS_INLINE struct result os_lend(uint64_t lender, uint64_t from, uint64_t space, uint64_t va, uint64_t pages,
                                uint64_t rights) {
    return os_trap(CALL_map2, from, space, va, pages, rights, OS_ANY_2, lender);
}

OS_INLINE struct result os_unmap(uint64_t space, uint64_t va, uint64_t pages) { return OS_3(unmap, space, va, pages); }

OS_INLINE struct result os_prot(uint64_t space, uint64_t va, uint64_t pages, uint64_t rights) {
    return OS_4(prot, space, va, pages, rights);
}

OS_INLINE struct result os_unprot(uint64_t space, uint64_t va, uint64_t pages, uint64_t rights) {
    return OS_4(unprot, space, va, pages, rights);
}

OS_INLINE struct result os_dirty(uint64_t space, uint64_t va, uint64_t pages, uint64_t what) {
    return OS_4(dirty, space, va, pages, what);
}

OS_INLINE struct result os_batch(uint64_t entries) { return OS_1(batch, entries); }

OS_INLINE struct result os_region(uint64_t space, uint64_t va, uint64_t pages, uint64_t port, uint64_t cookie,
                                  uint64_t offset, uint64_t rights, uint64_t fallback) {
    return os_trap(CALL_region, space, va, pages, port, cookie, offset, rights, fallback);
}

OS_INLINE struct result os_query(uint64_t space, uint64_t va, uint64_t pages) { return OS_3(query, space, va, pages); }

// ---- objects ----

OS_INLINE struct result os_space_create(uint64_t quota, uint64_t rank) { return OS_2(space_create, quota, rank); }

OS_INLINE struct result os_space_control(uint64_t space, uint64_t what, uint64_t value, uint64_t more) {
    return OS_4(space_control, space, what, value, more);
}

OS_INLINE struct result os_thread_create(uint64_t space, uint64_t entry, uint64_t stack, uint64_t argument,
                                         uint64_t priority) {
    return OS_5(thread_create, space, entry, stack, argument, priority);
}

OS_INLINE struct result os_thread_control(uint64_t thread, uint64_t what, uint64_t value) {
    return OS_3(thread_control, thread, what, value);
}

OS_INLINE struct result os_port_create(void) { return OS_1(port_create, os_any()); }

OS_INLINE struct result os_mint(uint64_t handle, uint64_t rights, uint64_t badge) {
    return OS_3(mint, handle, rights, badge);
}

OS_INLINE struct result os_give(uint64_t space, uint64_t handle, uint64_t slot) {
    return OS_3(give, space, handle, slot);
}

OS_INLINE struct result os_close(uint64_t handle) { return OS_1(close, handle); }

OS_INLINE struct result os_destroy(uint64_t handle) { return OS_1(destroy, handle); }

// ---- the machine ----

OS_INLINE struct result os_timer(uint64_t port, uint64_t bits, uint64_t deadline) {
    return OS_3(timer, port, bits, deadline);
}

OS_INLINE struct result os_interrupt(uint64_t machine, uint64_t source, uint64_t port, uint64_t bits) {
    return OS_4(interrupt, machine, source, port, bits);
}

OS_INLINE struct result os_console(uint64_t machine, uint64_t what, uint64_t value) {
    return OS_3(console, machine, what, value);
}

OS_INLINE struct result os_events(uint64_t machine, uint64_t hart, uint64_t va) {
    return OS_3(events, machine, hart, va);
}

// => in the message page: a word for each page
OS_INLINE struct result os_physical(uint64_t machine, uint64_t va, uint64_t pages) {
    return OS_3(physical, machine, va, pages);
}

OS_INLINE struct result os_power(uint64_t machine, uint64_t how, uint64_t status) {
    return OS_3(power, machine, how, status);
}

// Each row has its function: a new row does not compile before.
#define CALL(name, count, arguments, results, what) \
    _Static_assert(sizeof(&os_##name) == sizeof(uint64_t), "a stub for " #name);
#include <abi/system_calls.def>
#undef CALL
