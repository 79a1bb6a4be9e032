// SPDX-License-Identifier: MIT
// Pages on their way to the backing store, and back.
//
//   hidden --put--> written --> nobody came: the entry names the place, the frame is free
//                      |
//                      +------> a fault has mapped it again: it stays; its copy is good, if it was not written to
//
//   fault --get--> read --> the entry has a frame; the place is kept until the page is written to
#include "pager_store.h"

#include <os/threads.h>
#include <stddef.h>

#include "pager_evict.h"
#include "pager_frames.h"
#include "pager_loop.h"
#include "pager_parked.h"

enum {
    TRANSITS = 512,
    PUTS_MOST = 384,    // so that there is always room to read
    EXCHANGE = 256,     // the last places, or
    EXCHANGE_PART = 8,  // this part, if that is less: only for pages in exchange for which others come back
    SCARCE_PART = 4,    // when no more than this part is left, what comes back gives up its place
    FAILURES_MOST = 64, // pages one after the other that could not be written
    REST = 32,          // times that nothing is written after that
    ROW = 32,           // pages that may be put at a time
    RUNS = 32,          // pages in a row that are looked at by one call
};

struct transit {
    uint64_t cookie;
    uint32_t page, place, slot;
    bool is_put, spoilt, wanted; // spoilt: written to since; wanted: a fault waits for it
    bool good, taken, dirty;     // how it ended; somebody had mapped it again
};

static struct transit *const transits = (struct transit *)PAGER_TRANSITS;
static uint16_t unused[TRANSITS], finished[TRANSITS];
static uint64_t unused_count, finished_count, failures, resting, ahead;
static struct pager_stored counts;
static bool began, fetching;

bool store_start(void) {
    uint64_t top = PAGER_TRANSITS;
    if (!store_is_there()) return true;
    unused_count = finished_count = failures = resting = ahead = 0;
    for (uint16_t i = TRANSITS - 1; i > 0; i--) unused[unused_count++] = i;
    return tables_grow(&top, (uint64_t)&transits[TRANSITS]) && places_start();
}

uint64_t store_putting(void) { return counts.putting; }

uint64_t store_ahead(void) { return ahead; }

struct pager_stored store_tell(void) {
    struct pager_stored told = counts;
    if (!store_is_there()) return told;
    told.places = places_backing->places - 1;
    told.places_free = places_free();
    return told;
}

bool store_is_fetching(void) { return fetching; }

void store_go(void) {
    if (began) places_backing->go();
    began = false;
}

static void forget_ahead(struct pager_note *note) {
    ahead -= note->ahead;
    note->ahead = 0;
}

void store_free(uint64_t slot) { forget_ahead(note_at(slot)); }

// ---- out ----

bool store_has_room(void) {
    if (resting > 0) {
        resting--;
        return false;
    }
    uint64_t kept = places_backing->places / EXCHANGE_PART;
    if (kept > EXCHANGE) kept = EXCHANGE;
    if (places_free() <= kept + ROW) places_reclaim(frames_slots());
    return unused_count > TRANSITS - PUTS_MOST && places_free() > (fetching ? 0 : kept);
}

bool store_leave(struct pager_object *object, uint64_t page, bool dirty) {
    uint32_t entry = object->entries[page];
    struct pager_note *note = note_at(slot_of(entry));
    if (note->moves != 0) return false;
    if (note->place != 0 && dirty && is_alone(entry)) place_part(slot_of(entry));
    if (note->place == 0) return false;
    place_leave(object, page);
    counts.clean++;
    return true;
}

bool store_put(struct pager_object *object, uint64_t page) {
    uint64_t slot = slot_of(object->entries[page]);
    struct pager_note *note = note_at(slot);
    uint32_t place = unused_count > TRANSITS - PUTS_MOST ? place_take() : 0;
    if (place == 0) return false;
    if (!places_backing->put(place, PAGER_FRAMES + slot * SLOT_SIZE)) {
        place_give(place);
        return false;
    }
    uint16_t number = unused[--unused_count];
    transits[number] = (struct transit){
        .cookie = object->cookie, .page = (uint32_t)page, .place = place, .slot = (uint32_t)slot, .is_put = true};
    *place_at(place) = (struct pager_place){.slot = (uint32_t)slot, .transit = number};
    forget_ahead(note);
    *note = (struct pager_note){.place = place, .moves = number};
    counts.putting++;
    return began = true;
}

// => whose page has the frame that is being written; NULL: it has another by now, or none
static struct pager_object *has_still(const struct transit *transit) {
    struct pager_object *object = object_find(transit->cookie);
    uint32_t entry = transit->slot << ENTRY_SHIFT | ENTRY_FRAME;
    bool has = object != NULL && is_backed(object, transit->page) && object->entries[transit->page] == entry;
    return has ? object : NULL;
}

void store_spoil(uint64_t slot) { transits[note_at(slot)->moves].spoilt = true; }

// It has been written, or not.
static void finish_put(const struct transit *transit) {
    uint64_t slot = transit->slot;
    struct pager_object *object = has_still(transit);
    uint32_t entry = (uint32_t)slot << ENTRY_SHIFT | ENTRY_FRAME;
    note_at(slot)->moves = 0;
    place_at(transit->place)->transit = 0;
    if ((*holders_at(slot) & HOLDERS_HERE) == 0) { // everybody has let go of it
        place_part(slot);
        frame_free(slot);
    } else if (!transit->good || transit->spoilt || (transit->dirty && is_alone(entry))) {
        place_part(slot);
    } else if (!transit->taken && object != NULL) {
        place_leave(object, transit->page);
        evict_note(1);
    }
    if (transit->taken) counts.returned++;
}

// ---- back ----

static bool begin_get(struct pager_object *object, uint64_t page, uint64_t place, uint64_t slot, bool wanted) {
    if (unused_count == 0 || !places_backing->get((uint32_t)place, PAGER_FRAMES + slot * SLOT_SIZE)) return false;
    uint16_t number = unused[--unused_count];
    transits[number] = (struct transit){.cookie = object->cookie,
                                        .page = (uint32_t)page,
                                        .place = (uint32_t)place,
                                        .slot = (uint32_t)slot,
                                        .wanted = wanted};
    place_at(place)->transit = number;
    counts.getting++;
    return began = true;
}

// Neighbours that were written together, when the client walks upwards.
static uint64_t how_many(const struct pager_object *object, uint64_t page, uint64_t place) {
    uint64_t pages = 1, end = (page | (ENTRIES_PER_PAGE - 1)) + 1;
    bool walks = page % ENTRIES_PER_PAGE != 0 && (object->entries[page - 1] & ENTRY_FRAME) != 0;
    if (end > page + pager_row(object, page)) end = page + pager_row(object, page);
    while (walks && pages < PAGER_BLOCK && page + pages < end && place + pages < places_backing->places) {
        const struct pager_place *at = place_at(place + pages);
        if (object->entries[page + pages] != (ENTRY_STORED | (uint32_t)(place + pages) << ENTRY_SHIFT) ||
            at->transit != 0 || at->slot != 0)
            break;
        pages++;
    }
    return pages;
}

static struct pager_verdict fetch(struct pager_object *object, uint64_t page, uint64_t label, uint64_t place) {
    uint64_t frame = 0, begun = 0;
    fetching = true;
    uint64_t pages = frames_take(object, page, how_many(object, page, place), &frame);
    fetching = false;
    if (pages == 0) return pager_no_frame(object, page, label);
    uint64_t slot = (frame - PAGER_FRAMES) / SLOT_SIZE;
    while (begun < pages && begin_get(object, page + begun, place + begun, slot + begun, begun == 0)) begun++;
    for (uint64_t i = begun; i < pages; i++) frame_free(slot + i);
    store_go();
    if (begun == 0 && counts.putting + counts.getting == 0) return pager_fail(object, PAGER_IO_ERROR);
    return parked_wait(object, page, label);
}

struct pager_verdict pager_fetch(struct pager_object *object, uint64_t page, uint64_t label) {
    uint64_t place = place_of(object->entries[page]);
    struct pager_place *at = place_at(place);
    if (place == 0) {
        if (pager_fill(object, page, 1, true) == 0) return pager_no_frame(object, page, label);
        return object->fault(object, page, label, 0);
    }
    if (at->transit == TRANSIT_FAILED) {
        at->transit = 0;
        return pager_fail(object, PAGER_IO_ERROR);
    }
    if (at->transit != 0) return parked_wait(object, page, label);
    if (at->slot == 0) return fetch(object, page, label, place);
    place_return(object, page);
    return object->fault(object, page, label, 0);
}

static void enter(struct pager_object *object, const struct transit *transit) {
    struct pager_place *at = place_at(transit->place);
    struct pager_note *note = note_at(transit->slot);
    *holders_at(transit->slot) = 0;
    at->slot = transit->slot;
    *note = (struct pager_note){.place = transit->place, .ahead = transit->wanted ? 0 : 1};
    ahead += note->ahead;
    counts.ahead += note->ahead;
    if (at->entries > 1) *holders_at(transit->slot) = HOLDERS_ELSEWHERE;
    place_return(object, transit->page);
    if (at->entries == 0 && places_free() < places_backing->places / SCARCE_PART) place_part(transit->slot);
}

static void finish_get(const struct transit *transit) {
    struct pager_object *object = object_find(transit->cookie);
    struct pager_place *at = place_at(transit->place);
    uint32_t entry = ENTRY_STORED | transit->place << ENTRY_SHIFT;
    bool is_there = object != NULL && transit->page < object->pages && is_backed(object, transit->page) &&
                    object->entries[transit->page] == entry;
    at->transit = 0;
    if (transit->good && is_there) {
        enter(object, transit);
        return;
    }
    frame_free(transit->slot);
    if (at->entries == 0)
        place_give(transit->place);
    else if (!transit->good && transit->wanted)
        at->transit = TRANSIT_FAILED;
}

// ---- when something is done ----

static void done(uint32_t place, bool good) {
    uint16_t number = place_at(place)->transit;
    transits[number].good = good;
    finished[finished_count++] = number;
}

void pager_put_done(uint32_t place, bool good) {
    counts.putting--;
    counts.put++;
    counts.put_failed += good ? 0 : 1;
    failures = good ? 0 : failures + 1;
    if (failures >= FAILURES_MOST) {
        resting = REST;
        failures = 0;
    }
    done(place, good);
}

void pager_get_done(uint32_t place, bool good) {
    counts.getting--;
    counts.got++;
    if (!good) counts.get_failed++;
    done(place, good);
}

// Do these follow each other in one object, so that one call takes them away from its client?
static bool follows(const struct transit *one, const struct transit *next, uint64_t count) {
    return next->is_put && next->cookie == one->cookie && next->page == one->page + count && count < BATCH_PAGES &&
           has_still(next) != NULL;
}

static struct batch_entry taking(const struct transit *first, uint64_t pages) {
    const struct pager_object *object = object_find(first->cookie);
    return (struct batch_entry){.call = CALL_unmap,
                                .space = object->space,
                                .va = object->va + first->page * (uint64_t)SLOT_SIZE,
                                .pages = pages};
}

// Of one that is behind more than one region, each page alone. A space that is no more sees none, and never will: what
// was taken for one that it might have written would be written again and again.
static void hide_alone(struct transit *transit) {
    struct batch_entry *entry = os_self()->message;
    *entry = taking(transit, 1);
    bool known = os_batch(1).value == 1 || entry->status == STATUS_GONE;
    transit->taken |= !known || entry->old != 0;
    transit->dirty |= !known || entry->dirty != 0;
}

// Whoever has mapped them again while they were written has them no more, until the next fault; from then on it is
// known whether they were written to. The n-th of these runs begins with the first[n]-th of those that are finished.
static void hide_again(const uint64_t *first, uint64_t count) {
    const struct batch_entry *runs = os_self()->message;
    uint8_t pages[RUNS];
    uint64_t done = count == 0 ? 0 : os_batch(count).value;
    for (uint64_t n = 0; n < count; n++) {
        pages[n] = (uint8_t)runs[n].pages;
        for (uint64_t i = 0; i < pages[n]; i++) {
            struct transit *transit = &transits[finished[first[n] + i]];
            transit->taken = runs[n].old != 0;
            transit->dirty = (runs[n].dirty >> i & 1) != 0;
        }
    }
    for (uint64_t n = done; n < count; n++) {
        for (uint64_t i = 0; i < pages[n]; i++) hide_alone(&transits[finished[first[n] + i]]);
    }
}

// From the n-th on. => how many of those that are finished were looked at
static uint64_t look_at_runs(uint64_t n) {
    struct batch_entry *runs = os_self()->message;
    uint64_t first[RUNS], count = 0, pages = 0, length;
    for (; n < finished_count && count < RUNS && pages + BATCH_PAGES <= PAGES_PER_CALL; n += length) {
        const struct transit *one = &transits[finished[n]];
        const struct pager_object *object = has_still(one);
        for (length = 1; n + length < finished_count; length++) {
            if (!follows(one, &transits[finished[n + length]], length)) break;
        }
        if (!one->is_put || object == NULL || !is_seen(object)) continue;
        runs[count] = taking(one, length);
        first[count++] = n;
        pages += length;
    }
    hide_again(first, count);
    return n;
}

void store_wake(uint64_t bits) {
    if (!store_is_there()) return;
    places_backing->wake(bits);
    if (finished_count == 0) return;
    for (uint64_t n = 0; n < finished_count;) n = look_at_runs(n);
    for (uint64_t n = 0; n < finished_count; n++) {
        const struct transit *transit = &transits[finished[n]];
        if (transit->is_put)
            finish_put(transit);
        else
            finish_get(transit);
        unused[unused_count++] = finished[n];
    }
    finished_count = 0;
    clients_set_limits();
    parked_for_store();
    store_go();
}

// ---- pages that came along ----

void store_touched(uint64_t slot) {
    struct pager_note *note = note_at(slot);
    counts.ahead_touched += note->ahead;
    forget_ahead(note);
}

uint64_t store_widen(const struct pager_object *object, uint64_t page) {
    const uint32_t *entry = &object->entries[page];
    uint64_t pages = 1, end = (page | (ENTRIES_PER_PAGE - 1)) + 1;
    if (end > page + pager_row(object, page)) end = page + pager_row(object, page);
    if (ahead == 0 || !is_stored(object) || (*entry & ENTRY_FRAME) == 0) return 1;
    while (pages < PAGER_BLOCK && page + pages < end) {
        uint32_t next = entry[pages];
        if (next != *entry + ((uint32_t)pages << ENTRY_SHIFT) || note_at(slot_of(next))->ahead == 0 ||
            is_alone(next) != is_alone(*entry))
            break;
        pages++;
    }
    return pages;
}
