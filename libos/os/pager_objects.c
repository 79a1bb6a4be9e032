// SPDX-License-Identifier: MIT
// The table of a pager's objects.
//
//   cookie = PAGER_COOKIE | generation << 23 | where in the table, in bytes
//
// An object's entries are an array by page: a few are in the object itself, more in a place of their own in our space,
// which gets memory part by part, when a page there is touched for the first time. Where no entry is, nobody looks:
// each object is cut into grains, and knows in which of them there ever was one.
#include "pager_objects.h"

#include <os/ranges.h>

#include "pager_frames.h"
#include "pager_parked.h"
#include "pager_places.h"
#include "string.h"

// Seen as words.
typedef uint64_t __attribute__((may_alias)) two_entries;
typedef uint64_t __attribute__((may_alias)) eight_grains;

enum { EIGHT = 8, GRAIN_LEAST = 4 };
enum { GENERATION_SHIFT = 23, GENERATION_BITS = 38, PARTS = 64 };

_Static_assert(OBJECTS_MOST << OBJECT_BITS == 1 << GENERATION_SHIFT, "a place in the table");

uint64_t objects_made, objects_mask;
static uint64_t objects_top, generation, hint;

bool objects_start(void) {
    objects_made = 1;
    objects_mask = 1 << OBJECT_BITS;
    objects_top = PAGER_OBJECTS;
    generation = 1;
    if (!tables_grow(&objects_top, (uint64_t)object_at(2))) return false;
    object_at(0)->cookie = 1 << OBJECT_BITS; // of place 1: what is unused has the cookie 0, and no cookie finds it
    return true;
}

static uint64_t index_of(const struct pager_object *object) {
    return ((uint64_t)object - PAGER_OBJECTS) >> OBJECT_BITS;
}

struct pager_object *pager_find(uint64_t cookie) {
    return object_find(cookie);
}

struct pager_object *object_next(const struct pager_object *object, uint64_t client) {
    for (uint64_t i = object == NULL ? 1 : index_of(object) + 1; i < objects_made; i++) {
        struct pager_object *next = object_at(i);
        if (next->cookie != 0 && (client == 0 || next->client->number == client)) return next;
    }
    return NULL;
}

static struct pager_object *find_unused(void) {
    for (uint64_t i = hint; i < objects_made; i++) {
        if (object_at(i)->cookie == 0) {
            hint = i;
            return object_at(i);
        }
    }
    hint = objects_made;
    // When it is full it doubles: each place below a power of two has memory.
    if (objects_made == OBJECTS_MOST || !tables_grow(&objects_top, (uint64_t)object_at(objects_made * 2))) return NULL;
    if ((objects_made & (objects_made - 1)) == 0) objects_mask = (objects_made * 2 - 1) << OBJECT_BITS;
    return object_at(objects_made++);
}

// By the lowest six bits of a fault's label: the access, and what is granted.
static uint64_t allowed(uint64_t rights) {
    static uint64_t known[RIGHTS_ACCESS + 1]; // 0: not yet
    uint64_t bits = known[rights];
    if (bits != 0) return bits;
    for (uint64_t label = 0; label < 64; label++)
        bits |= FAULT_ACCESS(label) <= FAULT_EXECUTE ? (rights >> FAULT_ACCESS(label) & 1) << (63 - label) : 0;
    return known[rights] = bits;
}

enum pager_error object_make(const struct object_plan *plan, struct pager_object **result) {
    struct pager_client *client = client_find(plan->client);
    if (client != NULL && client->objects == CLIENT_OBJECTS_MOST && objects_sweep()) client = client_find(plan->client);
    if (client == NULL || client->objects == CLIENT_OBJECTS_MOST) return PAGER_FULL;
    struct pager_object *object = find_unused();
    if (object == NULL && objects_sweep()) object = find_unused();
    if (object == NULL) return PAGER_FULL;
    struct pager_purse *purse = &client_at(0)->purse;
    if ((plan->options & PAGER_CLIENT_PAYS) != 0) purse = client_purse(client, plan->space);
    if (purse == NULL) return PAGER_UNSUPPORTED;
    bool guarded = (plan->options & PAGER_STACK) != 0; // what is below page 0 is the guard page
    uint32_t pages = (uint32_t)plan->pages - (guarded ? 1 : 0);
    uint8_t rights = plan->options & RIGHTS_ACCESS, share = (plan->options & PAGER_SHARED) != 0 ? RIGHT_SHARE : 0;
    *object = (struct pager_object){.space = plan->space,
                                    .va = plan->va + (guarded ? SLOT_SIZE : 0),
                                    .first = plan->va / SLOT_SIZE + (guarded ? 1 : 0),
                                    .allows = allowed(rights),
                                    .fault = plan->ops->fault,
                                    .count = (plan->options & PAGER_EMPTY) != 0 ? 0 : pages,
                                    .pages = pages,
                                    .attached = pages,
                                    .purse = purse,
                                    .client = client,
                                    .account = purse == &client->purse ? client_at(0) : client,
                                    .ops = plan->ops,
                                    .rights = rights,
                                    .one = UINT64_C(1) << PAGER_PAGES_SHIFT | rights | share,
                                    .options = (uint8_t)plan->options,
                                    .here = plan->here};
    uint64_t index = index_of(object);
    object->entries = (uint32_t *)(PAGER_ENTRIES + index * SLOT_SIZE);
    if (pages > ENTRIES_PER_PAGE) object->entries = (uint32_t *)(PAGER_ENTRIES_OF + index * PAGER_PAGES_MOST * 4);
    if (pages <= PAGER_FEW) object->entries = object->few, object->backed = UINT64_MAX;
    object->grain = GRAIN_LEAST;
    while (((uint64_t)pages - 1) >> object->grain >= PAGER_GRAINS) object->grain++;
    while (((uint64_t)pages - 1) / ENTRIES_PER_PAGE >> object->shift >= PARTS) object->shift++;
    object->cookie = PAGER_COOKIE | (generation++ % (UINT64_C(1) << GENERATION_BITS)) << GENERATION_SHIFT |
                     ((uint64_t)object - PAGER_OBJECTS);
    client->objects++;
    *result = object;
    return PAGER_OK;
}

bool object_back(struct pager_object *object, uint64_t page, uint64_t payer_va) {
    if (is_backed(object, page)) return true;
    uint64_t part = page / ENTRIES_PER_PAGE >> object->shift, pages = UINT64_C(1) << object->shift;
    // Where pages can go, those of who has many soon make room for this too.
    if (!client_has_room(object->client) && !(store_is_there() && clients_can_spare(pages))) return false;
    uint64_t va = (uint64_t)object->entries + part * pages * SLOT_SIZE;
    uint64_t payer = payer_va != 0 && object->purse->payer != 0 ? object->space : 0;
    if (os_alloc_range(va, pages, RIGHT_READ | RIGHT_WRITE, payer, payer_va).status != STATUS_OK) {
        os_unmap_range(0, va, pages);
        return false;
    }
    object->backed |= UINT64_C(1) << part;
    object->client->room -= (int32_t)pages;
    return true;
}

void object_use(struct pager_object *object, uint64_t page, uint64_t pages) {
    for (uint64_t at = page; at < page + pages; at = grain_end(object, at)) object->used[at >> object->grain] = 1;
    if (!is_seen(object)) return;
    uint64_t ready = object->ready;
    while (ready < object->count && is_used(object, ready)) ready = grain_end(object, ready);
    object->ready = ready < object->count ? (uint32_t)ready : object->count;
}

void object_count(struct pager_object *object, uint64_t count) {
    object->count = (uint32_t)count;
    if (object->ready > object->count) object->ready = object->count;
    object_use(object, 0, 0);
}

uint64_t entries_used(const uint32_t *entries, uint64_t page, uint64_t end) {
    for (; page < end && (uint64_t)&entries[page] % (EIGHT * sizeof entries[0]) != 0; page++) {
        if (entries[page] != 0) return page;
    }
    for (; page + EIGHT <= end; page += EIGHT) {
        const two_entries *two = (const two_entries *)(const void *)&entries[page];
        if ((two[0] | two[1] | two[2] | two[3]) != 0) break;
    }
    while (page < end && entries[page] == 0) page++;
    return page;
}

uint64_t object_used(const struct pager_object *object, uint64_t page, uint64_t end) {
    while (page < end) {
        uint64_t grain = page >> object->grain, next = grain + 1;
        if (grain % EIGHT == 0 && *(const eight_grains *)(const void *)&object->used[grain] == 0) {
            next = grain + EIGHT;
        } else if (object->used[grain] != 0) {
            uint64_t last = grain_end(object, page) < end ? grain_end(object, page) : end;
            page = entries_used(object->entries, page, last);
            if (page < last) return page;
        }
        page = next << object->grain;
    }
    return end;
}

void pager_unmap(uint64_t va, uint64_t pages) { os_unmap_range(0, va, pages); }

static void let_go(struct pager_object *object, uint64_t page, uint32_t old) {
    if ((old & ENTRY_FRAME) != 0) {
        pager_release(object, old);
    } else if ((old & ENTRY_STORED) != 0) {
        place_drop(old);
    } else if (old != 0 && object->ops->forget != NULL) {
        object->ops->forget(object, page, old);
    }
}

void pager_set(struct pager_object *object, uint64_t page, uint32_t entry) {
    uint32_t old = object->entries[page];
    object->entries[page] = entry;
    if (entry != 0) object_use(object, page, 1);
    let_go(object, page, old);
}

static uint64_t space_gone = UINT64_MAX; // of which it is known; no other ever has its number

bool object_is_nobodys(const struct pager_object *object) {
    if (object->here) return false;
    if (object->space != space_gone && os_query(object->space, object->va, 1).status == STATUS_GONE)
        space_gone = object->space;
    return object->space == space_gone;
}

// Where a region went away its pages are gone; but the client may have made another there, and faults of it may
// have been answered already: no frame is let go of while it can still be seen.
void object_hide(const struct pager_object *object, uint64_t page, uint64_t end) {
    if (!is_seen(object) || object->space == space_gone) return;
    for (page = object_used(object, page, end); page < end; page = object_used(object, page, end)) {
        uint64_t row = row_end(object, page, end);
        struct result result = os_unmap_range(object->space, object->va + page * SLOT_SIZE, row - page);
        if (result.status == STATUS_GONE) {
            space_gone = object->space;
            return;
        }
        page = result.status == STATUS_OK ? row : page + result.value + 1;
    }
}

// Of a row that is in use. What others hold too is only counted.
static void drop_row(struct pager_object *object, uint64_t page, uint64_t end) {
    uint64_t others = 0;
    uint32_t *entry = &object->entries[page];
#pragma GCC unroll 4
    for (uint64_t at = page; at < end; at++, entry++) {
        uint32_t old = *entry;
        int16_t *holders = (int16_t *)holders_at(slot_of(old));
        *entry = 0;
        if ((old & ENTRY_FRAME) == 0 || *holders <= 1) {
            let_go(object, at, old);
            others++;
        } else {
            --*holders;
        }
    }
    object->account->room += (int32_t)(end - page - others);
}

void object_drop(struct pager_object *object, uint64_t page, uint64_t pages) {
    uint64_t end = page + pages;
    object_hide(object, page, end);
    for (uint64_t row; (page = object_used(object, page, end)) < end; page = row) {
        row = row_end(object, page, page + ROW_MOST < end ? page + ROW_MOST : end);
        drop_row(object, page, row);
    }
}

void object_end(struct pager_object *object, bool attached) {
    object_drop(object, 0, object->pages);
    if (attached && object->ops->detach != NULL) object->ops->detach(object);
    uint64_t backed = object->entries != object->few ? object->backed : 0;
    for (uint64_t part = 0; part < PARTS && backed >> part != 0; part++) {
        uint64_t pages = UINT64_C(1) << object->shift;
        if ((backed >> part & 1) == 0) continue;
        os_unmap_range(0, (uint64_t)object->entries + part * pages * SLOT_SIZE, pages);
        object->client->room += (int32_t)pages;
    }
    uint64_t cookie = object->cookie;
    object->cookie = 0;
    parked_end(cookie);
    if (index_of(object) < hint) hint = index_of(object);
    client_leave(object->client);
}

bool objects_sweep(void) {
    bool swept = false;
    for (struct pager_object *object = object_next(NULL, 0); object != NULL; object = object_next(object, 0)) {
        if (!object_is_nobodys(object)) continue;
        object_end(object, true);
        swept = true;
    }
    return swept;
}

void pager_drop(struct pager_object *object, uint64_t page, uint64_t pages) { object_drop(object, page, pages); }

uint64_t pager_own(struct pager_object *object, uint64_t page) {
    if (!object_back(object, page, 0)) return 0;
    object_use(object, page, 1);
    uint32_t entry = object->entries[page];
    if ((entry & ENTRY_FRAME) == 0 && pager_fill(object, page, 1, true) == 0) return 0;
    return pager_frame_va(object->entries[page]);
}
