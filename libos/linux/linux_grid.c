// SPDX-License-Identifier: MIT
// The grid behind anonymous memory.
//
//   arena   256 MiB, one object of the pager's, attached when the first of its blocks is populated
//   block   1 MiB, regions of the kernel's; all in it that no area allows is withheld
//
// Blocks stay populated: who maps and unmaps pays for pages, not for regions.
#include "linux_grid.h"

#include <os/attach.h>
#include <os/process.h>
#include <os/ranges.h>
#include <os/stubs.h>

#include "string.h"

enum { WORD = 64 };

#define ARENA       UINT64_C(0x10000000)
#define ARENA_PAGES (ARENA / PAGE)

static uint64_t cookies[LINUX_END / ARENA];
uint64_t grid_populated[LINUX_END / BLOCK / WORD];
static uint16_t used[LINUX_END / ARENA]; // arenas that have one, as they came
static unsigned used_count;
static uint64_t copied[LINUX_END / ARENA]; // of those: cookies of a forked child's copies
static uint64_t pager, kind, space;
static const char *name;

const char *grid_start(void) {
    name = os_start->part[OS_PART_bss].kind;
    struct result found = os_lookup(name);
    if (name[0] == '\0') return "no pager serves the memory of this program (bss=KIND)";
    if (found.status != STATUS_OK) return "the pager of its memory is gone";
    pager = found.value;
    kind = pager_kind(name);
    space = os_space_control(HANDLE_SELF, SPACE_ID, 0, 0).value;
    return NULL;
}

bool grid_stat(struct pager_stat *stat) { return os_pager_stat(pager, 0, stat) == PAGER_OK; }

static uint64_t least(uint64_t one, uint64_t other) { return one < other ? one : other; }

// => where the run of populated blocks ends that *va is in, or the next that there is before `end`; *va: there
static uint64_t populated_run(uint64_t *va, uint64_t end) {
    while (*va < end && !grid_is_populated(*va)) *va = (*va / BLOCK + 1) * BLOCK;
    uint64_t after = *va;
    while (after < end && grid_is_populated(after)) after = (after / BLOCK + 1) * BLOCK;
    return least(after, end);
}

static bool attach(uint64_t arena) {
    uint64_t options = PROTECTION_ALL | (os_start->pays != 0 ? PAGER_CLIENT_PAYS : 0);
    const uint64_t word[5] = {kind, space, arena * ARENA, ARENA_PAGES, 0};
    if (cookies[arena] != 0) return true;
    if (os_pager_ask(pager, PAGER_CALL_attach | options << PAGER_OPTIONS_SHIFT, word, &cookies[arena]) != PAGER_OK)
        return false;
    used[used_count++] = (uint16_t)arena;
    return true;
}

bool grid_withhold(uint64_t va, uint64_t end) {
    while (va < end) {
        const struct linux_area *area = area_from(va);
        uint64_t run = end, rights = 0;
        if (area != NULL && area_start(area) <= va) {
            run = area_run(area, va, end);
            rights = rights_of(area->differs ? area_protection(area, va) : area->protection);
        } else if (area != NULL) {
            run = least(end, area_start(area));
        }
        if (rights != PROTECTION_ALL && os_prot_range(0, va, (run - va) / PAGE, rights).status != STATUS_OK)
            return false;
        va = run;
    }
    return true;
}

static bool cover(uint64_t va, uint64_t end) {
    uint64_t arena = va / ARENA, pages = (end - va) / PAGE;
    return os_region_range(HANDLE_SELF, va, pages, pager, cookies[arena], va % ARENA, PROTECTION_ALL, 0).status ==
               STATUS_OK &&
           grid_withhold(va, end);
}

// All of [va, end), in one block, but for objects of their own.
static bool cover_rest(uint64_t va, uint64_t end) {
    while (va < end) {
        const struct linux_area *area = area_from(va);
        while (area != NULL && area->backing == NULL && area_start(area) < end) area = area_next(area);
        uint64_t start = area != NULL ? least(area_start(area), end) : end;
        if (start > va && !cover(va, start)) return false;
        va = area != NULL ? area_end(area) : end;
    }
    return true;
}

bool grid_populate(uint64_t va) {
    uint64_t block = va / BLOCK;
    if (grid_is_populated(va)) return true;
    if (!attach(va / ARENA)) return false;
    if (!cover_rest(block * BLOCK, (block + 1) * BLOCK)) {
        grid_uncover(block * BLOCK, (block + 1) * BLOCK);
        return false;
    }
    grid_populated[block / WORD] |= UINT64_C(1) << block % WORD;
    return true;
}

bool pages_protect(uint64_t va, uint64_t end, uint64_t any, uint64_t all, uint64_t now) {
    uint64_t pages = (end - va) / PAGE, rights = rights_of(now);
    any = rights_of(any);
    all = rights_of(all);
    if ((any & ~rights) != 0 && os_prot_range(0, va, pages, rights).status != STATUS_OK) return false;
    return (rights & ~all) == 0 || os_unprot_range(0, va, pages, rights).status == STATUS_OK;
}

bool grid_protect(uint64_t va, uint64_t end, uint64_t any, uint64_t all, uint64_t now) {
    for (uint64_t run = populated_run(&va, end); va < end; va = run, run = populated_run(&va, end)) {
        if (!pages_protect(va, run, any, all, now)) return false;
    }
    return true;
}

void grid_discard(uint64_t va, uint64_t end, bool leave) {
    for (uint64_t run = populated_run(&va, end); va < end; va = run, run = populated_run(&va, end)) {
        run = least(run, (va / ARENA + 1) * ARENA);
        const uint64_t word[5] = {cookies[va / ARENA], va % ARENA / PAGE, (run - va) / PAGE};
        if (leave) os_prot_range(0, va, (run - va) / PAGE, 0);
        os_pager_ask(pager, PAGER_CALL_discard, word, NULL);
    }
}

void grid_uncover(uint64_t va, uint64_t end) {
    os_region_range(HANDLE_SELF, va, (end - va) / PAGE, REGION_REMOVE, 0, 0, 0, 0);
}

bool grid_cover(uint64_t va, uint64_t end) {
    for (uint64_t run = populated_run(&va, end); va < end; va = run, run = populated_run(&va, end)) {
        for (uint64_t block = least(run, (va / BLOCK + 1) * BLOCK); va < run;
             va = block, block = least(run, block + BLOCK)) {
            if (!cover(va, block)) return false;
        }
    }
    return true;
}

bool grid_copy(uint64_t from, uint64_t end, uint64_t va, struct linux_backing *backing) {
    uint64_t pages = (end - from) / PAGE;
    const uint64_t word[5] = {cookies[from / ARENA], space, va, from % ARENA / PAGE | pages << PAGER_SECOND_SHIFT, 0};
    *backing = (struct linux_backing){.kind = name, .pager = pager, .va = va, .pages = pages};
    return from / ARENA == (end - 1) / ARENA && attach(from / ARENA) &&
           os_pager_ask(pager, PAGER_CALL_fork, word, &backing->cookie) == PAGER_OK;
}

// ---- fork ----

// The regions of a populated block, in the child's space.
static uint64_t copy_block(uint64_t block, uint64_t space_handle, uint64_t port, uint64_t cookie) {
    uint64_t status = STATUS_OK;
    for (uint64_t va = block, end = block + BLOCK, start; va < end && status == STATUS_OK; va = start) {
        const struct linux_area *area = area_from(va);
        while (area != NULL && area->backing == NULL && area_start(area) < end) area = area_next(area);
        start = area != NULL ? least(area_start(area), end) : end;
        if (start > va)
            status =
                os_region(space_handle, va, (start - va) / PAGE, port, cookie, va % ARENA, PROTECTION_ALL, 0).status;
        if (area != NULL && start < end) start = area_end(area);
    }
    return status;
}

// => the first populated block of an arena from `block` on, or the arena's end
static uint64_t next_populated(uint64_t arena, uint64_t block) {
    const uint64_t end = (arena + 1) * ARENA;
    while (block < end) {
        uint64_t number = block / BLOCK, here = grid_populated[number / WORD] >> number % WORD;
        if ((here & 1) != 0) return block;
        block = (here == 0 ? (number / WORD + 1) * WORD : (here & 0xff) == 0 ? number + 8 : number + 1) * BLOCK;
    }
    return end;
}

uint64_t grid_fork(uint64_t process, uint64_t id, uint64_t space_handle) {
    struct result port = os_lookup_shared(name, process);
    uint64_t status = port.status;
    for (unsigned i = 0; i < used_count && status == STATUS_OK; i++) {
        uint64_t arena = used[i], end = (arena + 1) * ARENA;
        const uint64_t word[5] = {cookies[arena], id, arena * ARENA, 0, process};
        if (os_pager_ask(port.value, PAGER_CALL_fork, word, &copied[i]) != PAGER_OK) status = STATUS_NO_MEMORY;
        for (uint64_t block = next_populated(arena, arena * ARENA); block < end && status == STATUS_OK;
             block = next_populated(arena, block + BLOCK))
            status = copy_block(block, space_handle, port.value, copied[i]);
    }
    return status;
}

void grid_forked(void) {
    pager = os_lookup_shared(name, 0).value;
    space = os_space_control(HANDLE_SELF, SPACE_ID, 0, 0).value;
    for (unsigned i = 0; i < used_count; i++) {
        uint64_t arena = used[i], end = (arena + 1) * ARENA;
        cookies[arena] = copied[i];
        for (uint64_t block = next_populated(arena, arena * ARENA); block < end;
             block = next_populated(arena, block + BLOCK))
            grid_withhold(block, block + BLOCK);
    }
}
