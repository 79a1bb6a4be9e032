// SPDX-License-Identifier: MIT
// System calls of memory: who may, and how far.
#include "inspect.h"
#include "memory.h"
#include "port.h"
#include "protect.h"
#include "region.h"
#include "string.h"
#include "system_calls.h"

// The living space that `id` names, 0: the caller's own.
static struct space *space_named(uint64_t id) {
    struct space *mine = thread_current()->space;
    return id == 0 || id == mine->id ? mine : space_find(id);
}

// A range of a space, clipped to what one call does. => STATUS_OK, STATUS_GONE or MISUSED
static uint64_t decode(uint64_t id, uint64_t va, uint64_t pages, struct extent *extent) {
    if (!pages_are_valid(va, pages)) return MISUSED;
    struct space *space = space_named(id);
    if (space == NULL) return STATUS_GONE;
    *extent =
        (struct extent){space, va, pages < PAGES_PER_CALL ? pages : PAGES_PER_CALL, space == thread_current()->space};
    return STATUS_OK;
}

// The caller pages the extent, or manages it as its own: clipped to the region that says so.
static uint64_t authorize(struct extent *extent, const struct region **found) {
    const struct region *region = region_find(extent->space, extent->va);
    if (region == NULL || region->closing) return STATUS_ABSENT;
    if (!region_is_paged_by(region, thread_current()->space)) return STATUS_DENIED;
    uint64_t left = (region_end(region) - extent->va) / PAGE_SIZE;
    extent->pages = extent->pages < left ? extent->pages : left;
    *found = region;
    return STATUS_OK;
}

// Changing rights: of one's own pages one withholds, which needs nobody's leave.
static uint64_t decode_change(uint64_t id, uint64_t va, uint64_t pages, struct extent *extent) {
    const struct region *region;
    uint64_t status = decode(id, va, pages, extent);
    return status != STATUS_OK || extent->own ? status : authorize(extent, &region);
}

// A pager grants no more than the region allows.
static uint64_t within_region(const struct extent *extent, uint64_t rights) {
    return (rights & ~(uint64_t)region_find(extent->space, extent->va)->rights) == 0 ? STATUS_OK : STATUS_DENIED;
}

static sys_result progress(uint64_t status, uint64_t done, uint64_t wanted) {
    return result(status == STATUS_OK && done < wanted ? STATUS_MORE : status, done);
}

sys_result sys_alloc(uint64_t va, uint64_t pages, uint64_t rights, uint64_t payer_id, uint64_t payer_va) {
    struct extent extent;
    const struct region *region, *paying;
    struct space *mine = thread_current()->space, *payer = space_named(payer_id);
    uint64_t done, status = decode(0, va, pages, &extent);
    if (status == STATUS_OK) status = rights_are_valid(rights, RIGHTS_ACCESS) ? authorize(&extent, &region) : MISUSED;
    if (status == STATUS_OK && payer == NULL) status = STATUS_GONE;
    if (status == STATUS_OK && payer != mine) {
        paying = region_find(payer, payer_va);
        status = paying == NULL ? STATUS_ABSENT : region_is_paged_by(paying, mine) ? STATUS_OK : STATUS_DENIED;
    }
    if (status == STATUS_OK && (region->port != NULL || (rights & ~(uint64_t)region->rights) != 0))
        status = STATUS_DENIED;
    if (status != STATUS_OK) return result(status, 0);
    status = memory_alloc(mine, va, extent.pages, rights, payer, &done);
    return progress(status, done, pages);
}

sys_result sys_map2(uint64_t from, uint64_t id, uint64_t va, uint64_t pages, uint64_t rights) {
    struct extent extent;
    const struct region *region;
    struct stale stale = {0};
    uint64_t done, status = decode(id, va, pages, &extent);
    if (status == STATUS_OK && (!pages_are_valid(from, pages) || !rights_are_valid(rights, RIGHTS_PAGE)))
        status = MISUSED;
    if (status == STATUS_OK) status = authorize(&extent, &region);
    if (status == STATUS_OK && (rights & RIGHTS_ACCESS & ~(uint64_t)region->rights) != 0) status = STATUS_DENIED;
    if (status != STATUS_OK) return result(status, 0);
    status = memory_map(thread_current()->space, from, &extent, rights, 0, &stale, &done);
    stale_fence(&stale);
    return progress(status, done, pages);
}

sys_result sys_unmap(uint64_t id, uint64_t va, uint64_t pages) {
    struct extent extent;
    const struct region *region;
    struct stale stale = {0};
    uint64_t done, status = decode(id, va, pages, &extent);
    if (status == STATUS_OK) status = authorize(&extent, &region);
    if (status != STATUS_OK) return result(status, 0);
    status = memory_unmap(&extent, &stale, NULL, &done);
    stale_fence(&stale);
    return progress(status, done, pages);
}

static __attribute__((noinline)) sys_result prot_slowly(uint64_t id, uint64_t va, uint64_t pages, uint64_t rights) {
    struct extent extent;
    struct stale stale = {0};
    uint64_t done, status = decode_change(id, va, pages, &extent);
    if (!rights_are_valid(rights, RIGHTS_ACCESS)) status = MISUSED;
    if (status != STATUS_OK) return result(status, 0);
    status = protect_lower(&extent, rights, &stale, NULL, &done);
    stale_fence(&stale);
    return progress(status, done, pages);
}

sys_result sys_prot(uint64_t id, uint64_t va, uint64_t pages, uint64_t rights) {
    if (id == 0 && pages == 1 && protect_lower_straight(thread_current()->space, va, rights))
        return result(STATUS_OK, 1);
    return prot_slowly(id, va, pages, rights);
}

static __attribute__((noinline)) sys_result unprot_slowly(uint64_t id, uint64_t va, uint64_t pages, uint64_t rights) {
    struct extent extent;
    uint64_t done, status = decode_change(id, va, pages, &extent);
    if (!rights_are_valid(rights, RIGHTS_ACCESS)) status = MISUSED;
    if (status == STATUS_OK && !extent.own) status = within_region(&extent, rights);
    if (status != STATUS_OK) return result(status, 0);
    status = protect_raise(&extent, rights, NULL, &done);
    return progress(status, done, pages);
}

sys_result sys_unprot(uint64_t id, uint64_t va, uint64_t pages, uint64_t rights) {
    if (id == 0 && pages == 1 && protect_raise_straight(thread_current()->space, va, rights))
        return result(STATUS_OK, 1);
    return unprot_slowly(id, va, pages, rights);
}

sys_result sys_dirty(uint64_t id, uint64_t va, uint64_t pages, uint64_t what) {
    struct extent extent;
    struct stale stale = {0};
    uint64_t *bitmap = thread_current()->message_page;
    uint64_t done, status = decode_change(id, va, pages, &extent);
    if ((what & ~(uint64_t)(DIRTY_ACCESSED | DIRTY_KEEP)) != 0) status = MISUSED;
    if (status != STATUS_OK) return result(status, 0);
    memset(bitmap, 0, PAGES_PER_CALL / 8);
    status = inspect_dirty(&extent, what, bitmap, &stale, &done);
    stale_fence(&stale);
    return progress(status, done, pages);
}

sys_result sys_query(uint64_t id, uint64_t va, uint64_t pages) {
    struct extent extent;
    uint64_t status = decode_change(id, va, pages, &extent);
    if (status != STATUS_OK) return result(status, 0);
    inspect_query(&extent, thread_current()->message_page);
    return progress(STATUS_OK, extent.pages, pages);
}

// One entry of a batch. Fences are gathered; a change of space settles those of the one before.
static uint64_t batch_one(struct batch_entry *entry, struct stale *stale) {
    struct extent extent;
    const struct region *region;
    struct found found = {0};
    uint64_t bitmap[PAGES_PER_CALL / 64] = {0}, done = 0, rights = entry->rights;
    uint64_t status = decode_change(entry->space, entry->va, entry->pages, &extent);
    if (entry->pages > BATCH_PAGES) return MISUSED;
    if (status == STATUS_OK && entry->call == CALL_unmap && extent.own) status = authorize(&extent, &region);
    if (status != STATUS_OK) return status;
    if (stale->space != NULL && stale->space != extent.space) {
        stale_fence(stale);
    }
    bool valid = rights_are_valid(rights, RIGHTS_ACCESS);
    if (entry->call == CALL_prot && valid)
        status = protect_lower(&extent, rights, stale, &found, &done);
    else if (entry->call == CALL_unprot && valid)
        status = extent.own || within_region(&extent, rights) == STATUS_OK
                     ? protect_raise(&extent, rights, &found, &done)
                     : STATUS_DENIED;
    else if (entry->call == CALL_unmap)
        status = memory_unmap(&extent, stale, &found, &done);
    else if (entry->call == CALL_dirty && rights <= (DIRTY_ACCESSED | DIRTY_KEEP))
        status = inspect_dirty(&extent, rights, bitmap, stale, &done);
    else
        return MISUSED;
    entry->dirty = entry->call == CALL_dirty ? bitmap[0] : found.dirty;
    entry->old = (uint32_t)found.rights;
    return status_of(progress(status, done, entry->pages));
}

sys_result sys_batch(uint64_t entries) {
    struct batch_entry *shared = thread_current()->message_page;
    struct stale stale = {0};
    uint64_t done = 0, pages = 0, status = STATUS_OK;
    if (entries > BATCH_ENTRIES) return result(MISUSED, 0);
    while (done < entries && pages < PAGES_PER_CALL && status == STATUS_OK) {
        struct batch_entry entry = shared[done]; // once: its owner may be writing
        status = batch_one(&entry, &stale);
        if (status == MISUSED) break;
        entry.status = (uint32_t)status;
        shared[done] = entry;
        pages += entry.pages;
        done += status == STATUS_OK;
    }
    stale_fence(&stale);
    return progress(status, done, entries);
}

// Who is to answer for a region: => a port of lower rank, or why it may not
static uint64_t decode_pager(const struct space *space, uint64_t handle, struct port **port) {
    uint64_t why = STATUS_OK;
    *port = handle_object(thread_current()->space, handle, OBJECT_PORT, HANDLE_SEND, &why);
    if (*port == NULL) return why;
    return (*port)->holder->rank < space->rank ? STATUS_OK : STATUS_DENIED;
}

sys_result sys_region(uint64_t handle, uint64_t va, uint64_t pages, uint64_t port, uint64_t cookie, uint64_t offset,
                      uint64_t rights) {
    struct thread *thread = thread_current();
    uint64_t why = STATUS_OK, done, fallback = hart_here()->t0, deadline = rights >> REGION_DEADLINE_SHIFT;
    struct space *space = thread->space;
    if (handle != HANDLE_SELF) space = handle_object(space, handle, OBJECT_SPACE, HANDLE_CONTROL, &why);
    if (space == NULL) return result(why, 0);
    if (!pages_are_valid(va, pages)) return result(MISUSED, 0);
    if (port == REGION_REMOVE) {
        uint64_t status = region_take(space, va, pages, &done);
        return progress(status, done, pages);
    }
    if (!rights_are_valid(rights & 0xff, RIGHTS_ACCESS) || deadline > UINT32_MAX || offset % PAGE_SIZE != 0)
        return result(MISUSED, 0);
    struct region wanted = {.node.key = va,
                            .pages = pages,
                            .space = space,
                            .cookie = cookie,
                            .offset = offset,
                            .deadline = (uint32_t)deadline,
                            .rights = (uint8_t)rights};
    if (port != REGION_SELF) why = decode_pager(space, port, &wanted.port);
    if (why == STATUS_OK && fallback != 0) why = decode_pager(space, fallback, &wanted.fallback);
    enum status status;
    if (why != STATUS_OK) return result(why, 0);
    region_add(&wanted, &status);
    return result(status, status == STATUS_OK ? pages : 0);
}
