// SPDX-License-Identifier: MIT
// The memory calls over any number of pages.
#include <os/ranges.h>

#include <os/stubs.h>

enum { PAGE = 4096 };

// Repeats `call`, which works on what is left from `done` pages on, and returns from the function around it.
#define GO_ON(call)                                                                    \
    uint64_t done = 0;                                                                 \
    for (;;) {                                                                         \
        struct result result = (call);                                                 \
        done += result.value;                                                          \
        if (result.status != STATUS_MORE) return (struct result){result.status, done}; \
    }

struct result os_alloc_range(uint64_t va, uint64_t pages, uint64_t rights, uint64_t payer, uint64_t payer_va) {
    GO_ON(os_alloc(va + done * PAGE, pages - done, rights, payer, payer_va))
}

struct result os_map2_range(uint64_t from, uint64_t space, uint64_t va, uint64_t pages, uint64_t rights) {
    GO_ON(os_map2(from + done * PAGE, space, va + done * PAGE, pages - done, rights))
}

struct result os_unmap_range(uint64_t space, uint64_t va, uint64_t pages) {
    GO_ON(os_unmap(space, va + done * PAGE, pages - done))
}

struct result os_prot_range(uint64_t space, uint64_t va, uint64_t pages, uint64_t rights) {
    GO_ON(os_prot(space, va + done * PAGE, pages - done, rights))
}

struct result os_unprot_range(uint64_t space, uint64_t va, uint64_t pages, uint64_t rights) {
    GO_ON(os_unprot(space, va + done * PAGE, pages - done, rights))
}

struct result os_region_range(uint64_t space, uint64_t va, uint64_t pages, uint64_t port, uint64_t cookie,
                              uint64_t offset, uint64_t rights, uint64_t fallback) {
    GO_ON(os_region(space, va + done * PAGE, pages - done, port, cookie, offset + done * PAGE, rights, fallback))
}
