// SPDX-License-Identifier: MIT
// System calls of memory: who may, and how far.
#include "region.h"
#include "schedule.h"
#include "system_calls.h"

// The living space that `id` names, 0: the caller's own.
static struct space *space_named(uint64_t id) {
    struct space *mine = thread_current()->space;
    return id == 0 || id == mine->id ? mine : space_find(id);
}

// The caller pages the extent, or manages it as its own, and the region there allows these rights: clipped to that
// region. managed: paging it is not enough.
static uint64_t authorize(struct extent *extent, uint64_t rights, bool managed) {
    const struct region *region = region_find(extent->space, extent->va);
    if (region == NULL || region->closing) return STATUS_ABSENT;
    if (!region_is_paged_by(region, thread_current()->space) || (managed && region->port != NULL) ||
        (rights & ~(uint64_t)region->rights) != 0)
        return STATUS_DENIED;
    uint64_t left = (region_end(region) - extent->va) / PAGE_SIZE;
    extent->pages = extent->pages < left ? extent->pages : left;
    return STATUS_OK;
}

// What `call` asks of a range of a space, clipped to what one call does and to the region that allows it. Of one's own
// pages one withholds and asks without anybody's leave; a pager grants no more than the region allows.
static inline __attribute__((always_inline)) uint64_t decode(uint64_t call, uint64_t id, uint64_t va, uint64_t pages,
                                                             uint64_t rights, struct extent *extent) {
    struct space *mine = thread_current()->space, *space = space_named(id);
    bool places = call == CALL_alloc || call == CALL_map2, grants = places || call == CALL_unprot;
    uint64_t most = call == CALL_map2 ? RIGHTS_PAGE : RIGHTS_ACCESS;
    if (!pages_are_valid(va, pages)) return MISUSED;
    if (call == CALL_dirty ? rights > (DIRTY_ACCESSED | DIRTY_KEEP) : !rights_are_valid(rights, most)) return MISUSED;
    if (space == NULL) return STATUS_GONE;
    extent->space = space;
    extent->va = va;
    extent->pages = pages < PAGES_PER_CALL ? pages : PAGES_PER_CALL;
    extent->own = space == mine;
    if (extent->own && !places && call != CALL_unmap) return STATUS_OK;
    return authorize(extent, grants ? rights & RIGHTS_ACCESS : 0, call == CALL_alloc);
}

// The end of each call: what it made untrue is fenced.
static sys_result progress(uint64_t status, uint64_t done, uint64_t wanted) {
    translation_settle();
    return result(status == STATUS_OK && done < wanted ? STATUS_MORE : status, done);
}

sys_result sys_alloc(uint64_t va, uint64_t pages, uint64_t rights, uint64_t payer_id, uint64_t payer_va) {
    struct space *mine = thread_current()->space, *payer = space_named(payer_id);
    struct extent extent = {0}, paying = {.space = payer, .va = payer_va, .pages = 1};
    uint64_t status = decode(CALL_alloc, 0, va, pages, rights, &extent);
    if (status == STATUS_OK && payer == NULL) status = STATUS_GONE;
    if (status == STATUS_OK && payer != mine) status = authorize(&paying, 0, false);
    if (status == STATUS_OK) status = extent_alloc(&extent, rights, payer);
    return progress(status, extent.done, pages);
}

sys_result sys_map2(uint64_t from, uint64_t id, uint64_t va, uint64_t pages, uint64_t rights) {
    struct extent extent = {0};
    uint64_t status;
    struct space *lender = handle_object(thread_current()->space, hart_here()->t0, OBJECT_SPACE, HANDLE_LEND, &status);
    if (lender != NULL)
        status = pages_are_valid(from, pages) ? decode(CALL_map2, id, va, pages, rights, &extent) : MISUSED;
    if (status == STATUS_OK) status = extent_map(lender, from, &extent, rights);
    return progress(status, extent.done, pages);
}

static __attribute__((noinline)) sys_result alone(uint64_t id, uint64_t va, uint64_t pages, uint64_t rights,
                                                  uint64_t call) {
    struct extent extent = {.answer = thread_current()->message_page};
    uint64_t status = decode(call, id, va, pages, rights, &extent);
    if (status == STATUS_OK) status = extent_work(&extent, call, rights);
    return progress(status, extent.done, pages);
}

sys_result sys_unmap(uint64_t id, uint64_t va, uint64_t pages) { return alone(id, va, pages, 0, CALL_unmap); }

sys_result sys_prot(uint64_t id, uint64_t va, uint64_t pages, uint64_t rights) {
    if (id == 0 && pages == 1 && extent_lower_straight(thread_current()->space, va, rights))
        return result(STATUS_OK, 1);
    return alone(id, va, pages, rights, CALL_prot);
}

sys_result sys_unprot(uint64_t id, uint64_t va, uint64_t pages, uint64_t rights) {
    return alone(id, va, pages, rights, CALL_unprot);
}

sys_result sys_dirty(uint64_t id, uint64_t va, uint64_t pages, uint64_t what) {
    return alone(id, va, pages, what, CALL_dirty);
}

sys_result sys_query(uint64_t id, uint64_t va, uint64_t pages) { return alone(id, va, pages, 0, CALL_query); }

static uint64_t batch_one(struct batch_entry *entry) {
    uint64_t answer[PAGES_PER_CALL / 64] = {0}, call = entry->call, rights = call == CALL_unmap ? 0 : entry->rights;
    struct extent extent = {.tells = call != CALL_dirty, .answer = answer};
    if (entry->pages > BATCH_PAGES || call < CALL_unmap || call > CALL_dirty) return MISUSED;
    uint64_t status = decode(call, entry->space, entry->va, entry->pages, rights, &extent);
    if (status == STATUS_OK) status = extent_work(&extent, call, rights);
    entry->dirty = answer[0];
    entry->old = (uint32_t)extent.rights;
    return status == STATUS_OK && extent.done < entry->pages ? STATUS_MORE : status;
}

sys_result sys_batch(uint64_t entries) {
    struct batch_entry *shared = thread_current()->message_page;
    uint64_t done = 0, pages = 0, status = STATUS_OK;
    if (entries > BATCH_ENTRIES) return result(MISUSED, 0);
    while (done < entries && pages < PAGES_PER_CALL && status == STATUS_OK) {
        struct batch_entry entry = shared[done]; // once: its owner may be writing
        status = batch_one(&entry);
        if (status == MISUSED) break;
        entry.status = (uint32_t)status;
        shared[done] = entry;
        pages += entry.pages;
        done += status == STATUS_OK;
    }
    return progress(status, done, entries);
}

// Who is to answer for a region: => a port of lower rank, or why it may not
static uint64_t decode_pager(const struct space *space, uint64_t handle, struct port **port) {
    uint64_t why;
    *port = handle_object(thread_current()->space, handle, OBJECT_PORT, HANDLE_SEND, &why);
    return *port == NULL || (*port)->holder->rank < space->rank ? why : STATUS_DENIED;
}

sys_result sys_region(uint64_t handle, uint64_t va, uint64_t pages, uint64_t port, uint64_t cookie, uint64_t offset,
                      uint64_t rights) {
    struct space *space = thread_current()->space;
    uint64_t status = STATUS_OK, done, fallback = hart_here()->t0, deadline = rights >> REGION_DEADLINE_SHIFT;
    if (handle != HANDLE_SELF) space = handle_object(space, handle, OBJECT_SPACE, HANDLE_CONTROL, &status);
    if (space == NULL) return result(status, 0);
    if (!pages_are_valid(va, pages)) return result(MISUSED, 0);
    if (port == REGION_REMOVE) {
        status = region_take(space, va, pages, &done);
        schedule_preempt(); // its pager may be more urgent
        return progress(status, done, pages);
    }
    if (!rights_are_valid(rights & 0xff, RIGHTS_ACCESS) || deadline > UINT32_MAX || offset % PAGE_SIZE != 0)
        return result(MISUSED, 0);
    struct region wanted = {.node.key = va,
                            .size = pages * PAGE_SIZE,
                            .space = space,
                            .cookie = cookie,
                            .offset = offset - va,
                            .deadline = (uint32_t)deadline,
                            .rights = (uint8_t)rights};
    if (port != REGION_SELF) status = decode_pager(space, port, &wanted.port);
    if (status == STATUS_OK && fallback != 0) status = decode_pager(space, fallback, &wanted.fallback);
    if (status == STATUS_OK) status = region_add(&wanted);
    return result(status, status == STATUS_OK ? pages : 0);
}
