// SPDX-License-Identifier: MIT
// The system calls, each under its name in <abi/system_calls.def>. Called by trap_entry with a0 to a6.
#pragma once

#include "decode.h"

sys_result sys_null(void);

sys_result sys_call(uint64_t handle, uint64_t tag, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3, uint64_t w4);
sys_result sys_recv(uint64_t port, uint64_t flags);
sys_result sys_reply(uint64_t token, uint64_t tag, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3, uint64_t w4);
sys_result sys_reply_recv(uint64_t token, uint64_t tag, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3,
                          uint64_t w4); // the port is in t0
sys_result sys_notify(uint64_t handle, uint64_t bits);

sys_result sys_resume(uint64_t flags, uint64_t va, uint64_t pages, uint64_t rights);
sys_result sys_upcall(uint64_t entry, uint64_t stack, uint64_t area);

sys_result sys_alloc(uint64_t va, uint64_t pages, uint64_t rights, uint64_t payer, uint64_t payer_va);
sys_result sys_map2(uint64_t from, uint64_t space, uint64_t va, uint64_t pages, uint64_t rights);
sys_result sys_unmap(uint64_t space, uint64_t va, uint64_t pages);
sys_result sys_prot(uint64_t space, uint64_t va, uint64_t pages, uint64_t rights);
sys_result sys_unprot(uint64_t space, uint64_t va, uint64_t pages, uint64_t rights);
sys_result sys_dirty(uint64_t space, uint64_t va, uint64_t pages, uint64_t what);
sys_result sys_batch(uint64_t entries);
sys_result sys_region(uint64_t space, uint64_t va, uint64_t pages, uint64_t port, uint64_t cookie, uint64_t offset,
                      uint64_t rights); // the fallback is in t0
sys_result sys_query(uint64_t space, uint64_t va, uint64_t pages);

sys_result sys_space_create(uint64_t quota, uint64_t rank);
sys_result sys_space_control(uint64_t space, uint64_t what, uint64_t value, uint64_t more);
sys_result sys_thread_create(uint64_t space, uint64_t entry, uint64_t stack, uint64_t argument, uint64_t priority);
sys_result sys_thread_control(uint64_t thread, uint64_t what, uint64_t value);
sys_result sys_port_create(void);
sys_result sys_mint(uint64_t handle, uint64_t rights, uint64_t badge);
sys_result sys_give(uint64_t space, uint64_t handle, uint64_t slot);
sys_result sys_close(uint64_t handle);
sys_result sys_destroy(uint64_t handle);

sys_result sys_timer(uint64_t port, uint64_t bits, uint64_t deadline);
sys_result sys_interrupt(uint64_t machine, uint64_t source, uint64_t port, uint64_t bits);
sys_result sys_console(uint64_t machine, uint64_t what, uint64_t value);
sys_result sys_events(uint64_t machine, uint64_t hart, uint64_t va);
sys_result sys_power(uint64_t machine, uint64_t how, uint64_t status);
