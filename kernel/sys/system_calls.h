// SPDX-License-Identifier: MIT
// The system calls, each under its name in <abi/system_calls.def>. Called by trap_entry with a0 to a6.
#pragma once

#include "decode.h"

struct result sys_null(void);

struct result sys_call(uint64_t handle, uint64_t tag, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3, uint64_t w4);
struct result sys_recv(uint64_t port, uint64_t flags);
struct result sys_reply(uint64_t token, uint64_t tag, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3, uint64_t w4);
struct result sys_reply_recv(uint64_t token, uint64_t tag, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3,
                             uint64_t w4); // the port is in t0
struct result sys_notify(uint64_t handle, uint64_t bits);

struct result sys_resume(uint64_t flags, uint64_t va, uint64_t pages, uint64_t rights);
struct result sys_upcall(uint64_t entry, uint64_t stack, uint64_t area);

struct result sys_alloc(uint64_t va, uint64_t pages, uint64_t rights, uint64_t payer, uint64_t payer_va);
struct result sys_map2(uint64_t from, uint64_t space, uint64_t va, uint64_t pages, uint64_t rights);
struct result sys_unmap(uint64_t space, uint64_t va, uint64_t pages);
struct result sys_prot(uint64_t space, uint64_t va, uint64_t pages, uint64_t rights);
struct result sys_unprot(uint64_t space, uint64_t va, uint64_t pages, uint64_t rights);
struct result sys_dirty(uint64_t space, uint64_t va, uint64_t pages, uint64_t what);
struct result sys_batch(uint64_t entries);
struct result sys_region(uint64_t space, uint64_t va, uint64_t pages, uint64_t port, uint64_t cookie, uint64_t offset,
                         uint64_t rights); // the fallback is in t0
struct result sys_query(uint64_t space, uint64_t va, uint64_t pages);

struct result sys_space_create(uint64_t quota, uint64_t rank);
struct result sys_space_control(uint64_t space, uint64_t what, uint64_t value, uint64_t more);
struct result sys_thread_create(uint64_t space, uint64_t entry, uint64_t stack, uint64_t argument, uint64_t priority);
struct result sys_thread_control(uint64_t thread, uint64_t what, uint64_t value);
struct result sys_port_create(void);
struct result sys_mint(uint64_t handle, uint64_t rights, uint64_t badge);
struct result sys_give(uint64_t space, uint64_t handle, uint64_t slot);
struct result sys_close(uint64_t handle);
struct result sys_destroy(uint64_t handle);

struct result sys_timer(uint64_t port, uint64_t bits, uint64_t deadline);
struct result sys_interrupt(uint64_t machine, uint64_t source, uint64_t port, uint64_t bits);
struct result sys_console(uint64_t machine, uint64_t what, uint64_t value);
struct result sys_events(uint64_t machine, uint64_t hart, uint64_t va);
struct result sys_power(uint64_t machine, uint64_t how, uint64_t status);
