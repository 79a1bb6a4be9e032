// SPDX-License-Identifier: MIT
// A pager's frames.
//
//   purse  --head-->  group  <-->  group  <-->  group        groups with a free frame, the one in use first
//                     64 slots in a row: which are free, and which of those are still zero
//
// Slot n is the page PAGER_FRAMES + n * 4096 of our own space. Frames come from the kernel by the batch, zeroed; what
// nobody holds any more is used again, for copies as it is. A whole group that is free goes back when there are enough.
#include "pager_frames.h"

#include <os/ranges.h>
#include <os/threads.h>
#include <stddef.h>

#include "pager_evict.h"
#include "pager_objects.h"

enum {
    OWN_BATCH = 64,   // frames that we ask for at a time
    CLIENT_BATCH = 8, // and in the name of a client
    OWN_SPARE = 1024, // free frames that are kept
    NO_LIMIT = UINT32_MAX,
    RESERVE_PART = 8, // of what we may have: when no more is left, only who has little gets more
};

static uint64_t groups_made, groups_unused; // the latter linked by `next`
static uint64_t groups_top, holders_top, clients_top, made;

static struct pager_purse *own_purse(void) { return &client_at(0)->purse; }

uint64_t clients_made(void) { return made; }

bool tables_grow(uint64_t *top, uint64_t end) {
    while (*top < end) {
        if (os_alloc(*top, 1, RIGHT_READ | RIGHT_WRITE, 0, 0).status != STATUS_OK) return false;
        *top += SLOT_SIZE;
    }
    return true;
}

// Group 0 shows the one zero frame in its first slots, which are never free and always shared.
static bool make_zero_frame(void) {
    const uint64_t rights = RIGHT_READ | RIGHT_EXECUTE;
    if (!tables_grow(&groups_top, PAGER_GROUPS + sizeof(struct pager_group)) ||
        !tables_grow(&holders_top, PAGER_HOLDERS + GROUP_SLOTS * sizeof(uint16_t)) ||
        os_alloc(PAGER_FRAMES, 1, rights, 0, 0).status != STATUS_OK)
        return false;
    for (uint64_t slot = 0; slot < PAGER_BLOCK; slot++) {
        *holders_at(slot) = UINT16_MAX / 2;
        if (slot > 0 &&
            os_map2(PAGER_FRAMES, 0, PAGER_FRAMES + slot * SLOT_SIZE, 1, rights | RIGHT_SHARE).status != STATUS_OK)
            return false;
    }
    groups_made = 1;
    return true;
}

bool frames_start(void) {
    groups_top = PAGER_GROUPS;
    holders_top = PAGER_HOLDERS;
    clients_top = PAGER_CLIENTS;
    groups_made = groups_unused = 0;
    made = 1;
    return tables_grow(&clients_top, PAGER_CLIENTS + sizeof(struct pager_client)) && make_zero_frame();
}

uint64_t pager_zero_frame(void) { return PAGER_FRAMES; }

// ---- clients ----

struct pager_client *client_find(uint64_t number) {
    uint64_t unused = 0;
    for (uint64_t i = 1; i < made; i++) {
        if (client_at(i)->number == number && client_at(i)->objects > 0) return client_at(i);
        if (client_at(i)->objects == 0 && client_at(i)->purse.have == 0) unused = i;
    }
    if (unused == 0) {
        if (made == CLIENTS_MOST || !tables_grow(&clients_top, (uint64_t)client_at(made + 1))) return NULL;
        unused = made++;
    }
    struct pager_client *client = client_at(unused);
    *client = (struct pager_client){.number = number, .limit = NO_LIMIT};
    return client;
}

struct pager_purse *client_purse(struct pager_client *client, uint64_t space) {
    if (client->purse.have == 0) client->purse.payer = space;
    return client->purse.payer == space ? &client->purse : NULL;
}

void client_leave(struct pager_client *client) {
    if (--client->objects == 0) purse_shrink(&client->purse);
}

static uint64_t purse_index(const struct pager_purse *purse) {
    return ((uint64_t)purse - PAGER_CLIENTS) / sizeof(struct pager_client);
}

// ---- groups ----

static void group_link(struct pager_purse *purse, uint64_t index) {
    struct pager_group *group = group_at(index);
    group->listed = true;
    group->next = 0;
    group->previous = purse->tail;
    if (purse->tail != 0)
        group_at(purse->tail)->next = (uint16_t)index;
    else
        purse->head = (uint16_t)index;
    purse->tail = (uint16_t)index;
}

static void group_unlink(struct pager_purse *purse, uint64_t index) {
    struct pager_group *group = group_at(index);
    if (!group->listed) return;
    group->listed = false;
    if (group->previous != 0)
        group_at(group->previous)->next = group->next;
    else
        purse->head = group->next;
    if (group->next != 0)
        group_at(group->next)->previous = group->previous;
    else
        purse->tail = group->previous;
}

static uint64_t group_va(uint64_t index) { return PAGER_FRAMES + index * GROUP_SLOTS * SLOT_SIZE; }

static uint64_t all_of(const struct pager_group *group) { return UINT64_MAX >> (GROUP_SLOTS - group->have); }

// An empty group for the purse. => 0: there is none
static uint64_t group_make(const struct pager_purse *purse) {
    uint64_t index = groups_unused;
    if (index != 0) {
        groups_unused = group_at(index)->next;
    } else {
        if (groups_made == GROUPS_MOST || !tables_grow(&groups_top, (uint64_t)group_at(groups_made + 1)) ||
            !tables_grow(&holders_top, (uint64_t)holders_at((groups_made + 1) * GROUP_SLOTS)))
            return 0;
        index = groups_made++;
    }
    *group_at(index) = (struct pager_group){.purse = (uint16_t)purse_index(purse)};
    return index;
}

static void group_give_back(struct pager_purse *purse, uint64_t index) {
    struct pager_group *group = group_at(index);
    group_unlink(purse, index);
    os_unmap_range(0, group_va(index), group->have);
    purse->free -= group->have;
    purse->have -= group->have;
    if (purse->filling == index) purse->filling = 0;
    *group = (struct pager_group){.next = (uint16_t)groups_unused};
    groups_unused = index;
}

// The last frames of a group that is not wholly free. => how many went back
static uint64_t group_cut(struct pager_purse *purse, uint64_t index) {
    struct pager_group *group = group_at(index);
    uint8_t have = group->have;
    while (have > 0 && (group->free >> (have - 1) & 1) != 0) have--;
    uint64_t cut = (uint64_t)(group->have - have);
    if (cut == 0) return 0;
    os_unmap_range(0, group_va(index) + (uint64_t)have * SLOT_SIZE, cut);
    purse->free -= (uint32_t)cut;
    purse->have -= (uint32_t)cut;
    group->have = have;
    group->free &= all_of(group);
    group->clean &= all_of(group);
    if (group->free == 0) group_unlink(purse, index);
    if (purse->filling == 0) purse->filling = (uint16_t)index;
    return cut;
}

uint64_t purse_shrink(struct pager_purse *purse) {
    uint64_t given = 0;
    for (uint64_t index = purse->head, next; index != 0; index = next) {
        struct pager_group *group = group_at(index);
        next = group->next;
        if (group->free == all_of(group)) {
            given += group->have;
            group_give_back(purse, index);
        } else if (purse->filling == 0 || purse->filling == index) {
            given += group_cut(purse, index);
        }
    }
    return given;
}

// ---- frames ----

bool frame_release(uint32_t entry) {
    uint64_t slot = slot_of(entry), index = slot / GROUP_SLOTS, bit = UINT64_C(1) << slot % GROUP_SLOTS;
    if (--*holders_at(slot) != 0) return false;
    struct pager_group *group = group_at(index);
    struct pager_purse *purse = &client_at(group->purse)->purse;
    group->free |= bit;
    group->clean &= ~bit;
    purse->free++;
    if (!group->listed) group_link(purse, index);
    bool is_own = purse == own_purse();
    if (group->free == all_of(group) && (!is_own || purse->free > OWN_SPARE)) group_give_back(purse, index);
    return true;
}

void pager_release(struct pager_object *object, uint32_t entry) {
    frame_release(entry);
    object->resident--;
    object->client->resident--;
}

uint64_t pager_holders(uint32_t entry) { return *holders_at(slot_of(entry)); }

// Frames from the kernel. => false: none
static bool refill(struct pager_purse *purse, uint64_t payer_va) {
    if (purse->filling == 0) purse->filling = (uint16_t)group_make(purse);
    uint64_t index = purse->filling;
    if (index == 0) return false;
    struct pager_group *group = group_at(index);
    uint64_t batch = purse == own_purse() ? OWN_BATCH : CLIENT_BATCH, left = GROUP_SLOTS - group->have;
    struct result got = os_alloc_range(group_va(index) + group->have * SLOT_SIZE, batch < left ? batch : left,
                                       RIGHTS_ACCESS, purse->payer, payer_va);
    uint64_t old = group->have == 0 ? 0 : all_of(group);
    group->have = (uint8_t)(group->have + got.value);
    if (group->have == GROUP_SLOTS) purse->filling = 0;
    if (got.value == 0) return false;
    group->free |= all_of(group) & ~old;
    group->clean |= all_of(group) & ~old;
    purse->free += (uint32_t)got.value;
    purse->have += (uint32_t)got.value;
    if (!group->listed) group_link(purse, index);
    return true;
}

static bool find_group(struct pager_purse *purse) {
    while (purse->head != 0 && group_at(purse->head)->free == 0) group_unlink(purse, purse->head);
    return purse->head != 0;
}

// When little is left of what we may have, who has more than a fair share gets no more. Asked for each new group.
static void set_limits(void) {
    os_space_control(HANDLE_SELF, SPACE_COUNTERS, 0, 0);
    const struct space_counters *own = os_self()->message;
    uint64_t left = own->quota - own->used + own_purse()->free, users = 0, all = left + own_purse()->have;
    for (uint64_t i = 1; i < made; i++) users += client_at(i)->objects > 0 ? 1 : 0;
    uint64_t share = all / RESERVE_PART / (users + 1);
    for (uint64_t i = 1; i < made; i++) client_at(i)->limit = left > all / RESERVE_PART ? NO_LIMIT : (uint32_t)share;
}

bool frames_ready(struct pager_object *object, uint64_t payer_va) {
    struct pager_purse *purse = object->purse;
    for (unsigned attempt = 0; attempt < 2; attempt++) {
        if (purse == own_purse()) set_limits();
        if (object->client->resident < object->client->limit && (find_group(purse) || refill(purse, payer_va)))
            return true;
        if (attempt == 0 && !evict_some(object)) break;
    }
    return object->client->resident < object->client->limit && find_group(purse);
}

static const uint8_t bit_numbers[64] = {
    0,  1,  2,  53, 3,  7,  54, 27, 4,  38, 41, 8,  34, 55, 48, 28, 62, 5,  39, 46, 44, 42,
    22, 9,  24, 35, 59, 56, 49, 18, 29, 11, 63, 52, 6,  26, 37, 40, 33, 47, 61, 45, 43, 21,
    23, 58, 17, 10, 51, 25, 36, 32, 60, 20, 57, 16, 50, 31, 19, 15, 30, 14, 13, 12,
};

// The number of the lowest bit of a word that is not 0: a de Bruijn sequence, shifted by it, begins like no other.
static inline uint64_t lowest_bit(uint64_t bits) {
    return bit_numbers[(bits & -bits) * UINT64_C(0x022fdd63cc95386d) >> 58];
}

uint64_t pager_fill(struct pager_fault *fault, uint64_t wanted, bool zeroed) {
    struct pager_object *object = fault->object;
    struct pager_client *client = object->client;
    struct pager_purse *purse = object->purse;
    uint64_t page = fault->page;
    if (group_at(purse->head)->free == 0 || client->resident >= client->limit) {
        if (!frames_ready(object, object->va + page * SLOT_SIZE)) return 0;
    }
    uint64_t index = purse->head;
    struct pager_group *group = group_at(index);
    uint64_t bit = lowest_bit(group->free);
    while (wanted > 1 && (group->free >> bit & ((UINT64_C(1) << wanted) - 1)) != (UINT64_C(1) << wanted) - 1) wanted--;
    uint64_t taken = ((UINT64_C(1) << wanted) - 1) << bit, dirty = taken & ~group->clean;
    group->free &= ~taken;
    uint32_t *entry = &object->entries[page];
    uint64_t slot = index * GROUP_SLOTS + bit;
    purse->free -= (uint32_t)wanted;
    object->resident += (uint32_t)wanted;
    client->resident += (uint32_t)wanted;
    for (uint64_t i = 0; i < wanted; i++) {
        entry[i] = (uint32_t)((slot + i) << ENTRY_SHIFT | ENTRY_FRAME);
        *holders_at(slot + i) = 1;
        if (zeroed && (dirty >> (bit + i) & 1) != 0) pager_zero(PAGER_FRAMES + (slot + i) * SLOT_SIZE);
    }
    return wanted;
}

uint64_t frames_total(void) {
    uint64_t total = 0;
    for (uint64_t i = 0; i < made; i++) total += client_at(i)->purse.have;
    return total;
}

uint64_t frames_free(void) {
    uint64_t total = 0;
    for (uint64_t i = 0; i < made; i++) total += client_at(i)->purse.free;
    return total;
}
