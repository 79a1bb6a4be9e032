// SPDX-License-Identifier: MIT
// Eviction: a clock's hand goes over the objects that share a purse, a window of pages at a time. Where the client
// pays, the purse is its own, and so are the pages.
#include "pager_evict.h"

#include <os/threads.h>
#include <stddef.h>

#include "pager_clock.h"
#include "pager_frames.h"
#include "pager_objects.h"

enum {
    WANTED = 16,      // pages at a time
    STEPS_MOST = 128, // of the hand for one fault
    REST = 32,        // times that nobody looks, after nothing was found
};

static bool tired;
static uint64_t evicted;

bool evict_is_tired(void) { return tired; }

uint64_t evict_count(void) { return evicted; }

static uint64_t ask(const struct pager_object *object, uint64_t page, uint64_t pages, uint64_t what) {
    *(uint64_t *)os_self()->message = 0;
    os_dirty(object->space, object->va + page * SLOT_SIZE, pages, what);
    return *(const uint64_t *)os_self()->message;
}

static struct clock_view look(const struct pager_object *object, uint64_t page, uint64_t pages) {
    struct clock_view view = {0};
    if (!is_backed(object, page)) return view;
    for (uint64_t i = 0; i < pages; i++) {
        uint32_t entry = object->entries[page + i];
        if ((entry & ENTRY_FRAME) == 0 || pager_holders(entry) != 1) continue;
        view.candidates |= UINT64_C(1) << i;
        view.dirty |= (entry & ENTRY_DIRTY) != 0 ? UINT64_C(1) << i : 0;
    }
    if (!is_seen(object)) view.dirty = view.candidates; // what was written through others' entries is not known
    if (view.candidates == 0 || !is_seen(object)) return view;
    view.accessed = ask(object, page, pages, DIRTY_ACCESSED);
    view.dirty |= ask(object, page, pages, DIRTY_WRITTEN | DIRTY_KEEP);
    return view;
}

// Nobody sees these pages any more. => those that had been written
static uint64_t hide(const struct pager_object *object, uint64_t page, uint64_t victims) {
    struct batch_entry *batch = os_self()->message;
    uint64_t count = 0, dirty = 0, done;
    if (!is_seen(object)) return victims;
    for (uint64_t i = 0; i < CLOCK_WINDOW; i++) {
        if ((victims >> i & 1) == 0) continue;
        batch[count++] = (struct batch_entry){
            .call = CALL_unmap, .space = object->space, .va = object->va + (page + i) * SLOT_SIZE, .pages = 1};
    }
    done = os_batch(count).value;
    for (uint64_t n = 0; n < count; n++) {
        uint64_t va = batch[n].va, i = (va - object->va) / SLOT_SIZE - page;
        // Where there is no region any more, what was written there is not known.
        if (n >= done || (batch[n].dirty & 1) != 0) dirty |= UINT64_C(1) << i;
        if (n >= done) os_unmap(object->space, va, 1);
    }
    return dirty;
}

static unsigned evict_pages(struct pager_object *object, uint64_t page, uint64_t victims) {
    uint64_t written = hide(object, page, victims);
    unsigned gone = 0;
    for (uint64_t i = 0; i < CLOCK_WINDOW; i++) {
        if ((victims >> i & 1) == 0) continue;
        uint32_t *entry = &object->entries[page + i], old = *entry;
        bool dirty = (written >> i & 1) != 0 || (old & ENTRY_DIRTY) != 0;
        uint32_t kept = object->ops->evict(object, page + i, old, dirty);
        if ((kept & ENTRY_FRAME) != 0) {
            *entry = old | (dirty ? ENTRY_DIRTY : 0);
            continue;
        }
        pager_release(object, old);
        *entry = kept;
        gone++;
    }
    evicted += gone;
    return gone;
}

// Who has reached its limit loses pages of its own; else all who use the same purse do.
static bool is_at_limit(const struct pager_object *wanting) { return wanting->account->room <= 0; }

static bool may_lose(const struct pager_object *object, const struct pager_object *wanting) {
    return object->ops->evict != NULL && !may_be_passed_on(object) && object->backed != 0 &&
           (is_at_limit(wanting) ? object->account == wanting->account : object->purse == wanting->purse);
}

static void move_on(struct pager_hand *hand, const struct pager_object *object) {
    const struct pager_object *next = object_next(object, 0);
    if (next == NULL) {
        next = object_next(NULL, 0);
        hand->turn++;
    }
    hand->page = 0;
    hand->cookie = next == NULL ? 0 : next->cookie;
}

// One window under the hand, or the way to the next object. => pages that went
static unsigned step(struct pager_hand *hand, const struct pager_object *wanting) {
    struct pager_object *object = object_find(hand->cookie);
    if (object == NULL || hand->page >= object->pages || !may_lose(object, wanting)) {
        move_on(hand, object);
        return 0;
    }
    uint64_t page = object_used(object, hand->page, object->pages), count = CLOCK_WINDOW - page % CLOCK_WINDOW;
    if (count > object->pages - page) count = object->pages - page;
    hand->page = (uint32_t)(page + count);
    if (count == 0) return 0;
    uint64_t victims = clock_choose(look(object, page, count), (enum clock_turn)hand->turn, WANTED);
    return victims == 0 ? 0 : evict_pages(object, page, victims);
}

bool evict_some(const struct pager_object *wanting) {
    struct pager_hand *hand = is_at_limit(wanting) ? &wanting->account->hand : &wanting->purse->hand;
    tired = false;
    if (hand->rest > 0) {
        hand->rest--;
        return false;
    }
    for (unsigned steps = 0; steps < STEPS_MOST; steps++) {
        bool gone = step(hand, wanting) > 0;
        if (gone || hand->turn >= CLOCK_TURNS) {
            hand->rest = gone ? 0 : REST;
            hand->turn = CLOCK_CLEAN;
            return gone;
        }
    }
    tired = true;
    return false;
}
