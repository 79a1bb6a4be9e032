// SPDX-License-Identifier: MIT
// The memory calls over any number of pages: they go on as long as the kernel says STATUS_MORE.
#pragma once

#include <abi/call.h>
#include <stdint.h>

// => the first status that is neither OK nor MORE, and how many pages were done in all
struct result os_alloc_range(uint64_t va, uint64_t pages, uint64_t rights, uint64_t payer, uint64_t payer_va);
struct result os_map2_range(uint64_t from, uint64_t space, uint64_t va, uint64_t pages, uint64_t rights);
struct result os_unmap_range(uint64_t space, uint64_t va, uint64_t pages);
struct result os_prot_range(uint64_t space, uint64_t va, uint64_t pages, uint64_t rights);
struct result os_unprot_range(uint64_t space, uint64_t va, uint64_t pages, uint64_t rights);
struct result os_region_range(uint64_t space, uint64_t va, uint64_t pages, uint64_t port, uint64_t cookie,
                              uint64_t offset, uint64_t rights, uint64_t fallback);
