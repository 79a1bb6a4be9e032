// SPDX-License-Identifier: MIT
// Eviction: a clock's hand goes over the objects that share a purse, some windows of pages at a time. Where the client
// pays, the purse is its own, and so are the pages.
//
// A page that goes is taken from its client first; then nobody writes to it any more.
//
//   its content is in the store already      the entry names the place, the frame is free        pager_places.c
//   its kind can do without it               the entry is what the kind says, the frame is free
//   else                                     it is written, and the frame is free later          pager_store.c
#include "pager_evict.h"

#include <os/threads.h>
#include <stddef.h>

#include "pager_clock.h"
#include "pager_frames.h"
#include "pager_objects.h"
#include "pager_store.h"

enum {
    WANTED = 32,      // pages at a time
    STEPS_MOST = 128, // of the hand for one fault
    PASSES_MOST = 3,  // over all pages: the first notes who is touched, the last takes any
    REST = 32,        // times that nobody looks, after nothing was found
    AHEAD_MOST = 4,   // times that something is evicted before it must be
};

// Some windows under the hand.
struct sight {
    struct pager_object *object[CLOCK_HORIZON];
    uint64_t page[CLOCK_HORIZON];
    struct clock_view view[CLOCK_HORIZON];
    unsigned count, steps;
};

static bool tired;
static uint64_t evicted;

bool evict_is_tired(void) { return tired; }

uint64_t evict_count(void) { return evicted; }

void evict_note(uint64_t pages) { evicted += pages; }

// ---- what is seen ----

static uint64_t ask(const struct pager_object *object, uint64_t page, uint64_t pages, uint64_t what) {
    *(uint64_t *)os_self()->message = 0;
    os_dirty(object->space, object->va + page * SLOT_SIZE, pages, what);
    return *(const uint64_t *)os_self()->message;
}

// Without the kernel: which pages may go, and which of those would have to be written.
static struct clock_view look_at_entries(const struct pager_object *object, uint64_t page, uint64_t pages) {
    struct clock_view view = {0};
    bool stored = is_stored(object);
    for (uint64_t i = 0; i < pages; i++) {
        uint32_t entry = object->entries[page + i];
        uint64_t bit = UINT64_C(1) << i;
        if ((entry & ENTRY_FRAME) == 0) continue;
        if (stored) {
            const struct pager_note *note = note_at(slot_of(entry));
            view.candidates |= note->moves == 0 ? bit : 0;
            view.dirty |= note->place == 0 ? bit : 0;
        } else if (is_alone(entry)) {
            view.candidates |= bit;
            view.dirty |= (entry & ENTRY_DIRTY) != 0 ? bit : 0;
        }
    }
    return view;
}

// Of pages whose bits are set.
static void note_touched(const struct pager_object *object, uint64_t page, uint64_t bits) {
    for (; bits != 0; bits >>= 1, page++) {
        if ((bits & 1) != 0) store_touched(slot_of(object->entries[page]));
    }
}

static struct clock_view look(const struct pager_object *object, uint64_t page, uint64_t pages, bool may_write) {
    struct clock_view view = look_at_entries(object, page, pages);
    if (view.candidates == 0) return view;
    if (is_seen(object)) {
        view.accessed = ask(object, page, pages, DIRTY_ACCESSED);
        view.dirty |= ask(object, page, pages, DIRTY_WRITTEN | DIRTY_KEEP);
    } else if (!is_stored(object)) {
        view.dirty = view.candidates; // what was written through others' entries is not known
    }
    if (!is_stored(object)) return view;
    if (store_ahead() > 0) note_touched(object, page, view.candidates & view.accessed);
    if (!may_write) view.candidates &= ~view.dirty;
    return view;
}

// Who has reached its limit loses pages of its own; else all who use the same purse do. Where there is a store, all
// who have much do: they get them back.
static bool is_at_limit(const struct pager_object *wanting) { return wanting->account->room <= 0; }

static bool may_lose(const struct pager_object *object, const struct pager_object *wanting) {
    if ((object->ops->evict == NULL && !is_stored(object)) || may_be_passed_on(object) || object->backed == 0)
        return false;
    if (store_is_there() && object->purse == wanting->purse)
        return object->account == client_at(0) || client_has_much(object->account);
    return is_at_limit(wanting) ? object->account == wanting->account : object->purse == wanting->purse;
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

// The hand goes to the next entry with a frame, past a page of entries at most. => whether it found one
static bool find_frame(struct pager_hand *hand, const struct pager_object *object) {
    uint64_t page = object_used(object, hand->page, object->pages), end = (page | (ENTRIES_PER_PAGE - 1)) + 1;
    if (end > object->pages) end = object->pages;
    while (page < end && (object->entries[page] & ENTRY_FRAME) == 0) page++;
    hand->page = (uint32_t)page;
    return page < end;
}

// One window under the hand, or the way to the next pages that have frames.
static void step(struct pager_hand *hand, const struct pager_object *wanting, struct sight *sight, bool may_write) {
    struct pager_object *object = object_find(hand->cookie);
    sight->steps++;
    if (object == NULL || hand->page >= object->pages || !may_lose(object, wanting)) {
        move_on(hand, object);
        return;
    }
    if (!find_frame(hand, object)) return;
    uint64_t page = hand->page, count = CLOCK_WINDOW - page % CLOCK_WINDOW;
    if (count > object->pages - page) count = object->pages - page;
    hand->page += (uint32_t)count;
    sight->view[sight->count] = look(object, page, count, may_write);
    sight->object[sight->count] = object;
    sight->page[sight->count] = page;
    if (sight->view[sight->count].candidates != 0) sight->count++;
}

// ---- what goes ----

// Nobody sees these pages any more. => those that had been written
static uint64_t hide(const struct pager_object *object, uint64_t page, uint64_t victims) {
    struct batch_entry *batch = os_self()->message;
    uint64_t count = 0, dirty = 0, done;
    if (!is_seen(object)) return victims;
    for (uint64_t i = 0; i < CLOCK_WINDOW; i++) {
        if ((victims >> i & 1) == 0) continue;
        if (i > 0 && (victims >> (i - 1) & 1) != 0) {
            batch[count - 1].pages++;
            continue;
        }
        batch[count++] = (struct batch_entry){
            .call = CALL_unmap, .space = object->space, .va = object->va + (page + i) * SLOT_SIZE, .pages = 1};
    }
    done = os_batch(count).value;
    for (uint64_t n = 0; n < count; n++) {
        uint64_t at = (batch[n].va - object->va) / SLOT_SIZE, pages = batch[n].pages;
        // Where there is no region any more, or more than one, what was written there is not known.
        dirty |= (n < done ? batch[n].dirty : UINT64_MAX >> (CLOCK_WINDOW - pages)) << (at - page);
        if (n >= done) object_hide(object, at, at + pages);
    }
    return dirty;
}

// => whether its frame has gone
static bool evict_page(struct pager_object *object, uint64_t page, bool written) {
    uint32_t *entry = &object->entries[page], old = *entry;
    bool dirty = written || (old & ENTRY_DIRTY) != 0;
    if (is_stored(object) && store_leave(object, page, written)) return true;
    uint32_t kept = object->ops->evict == NULL ? old : object->ops->evict(object, page, old, dirty);
    if ((kept & ENTRY_FRAME) == 0) {
        *entry = kept;
        pager_release(object, old);
        return true;
    }
    if (!is_stored(object))
        *entry = old | (dirty ? ENTRY_DIRTY : 0);
    else if (note_at(slot_of(old))->moves == 0)
        store_put(object, page);
    return false;
}

static unsigned evict_pages(struct pager_object *object, uint64_t page, uint64_t victims) {
    uint64_t written = hide(object, page, victims);
    unsigned gone = 0;
    for (; victims != 0; victims >>= 1, written >>= 1, page++) {
        if ((victims & 1) != 0 && evict_page(object, page, (written & 1) != 0)) gone++;
    }
    evicted += gone;
    return gone;
}

// => pages that went, or are on their way
static uint64_t evict_seen(struct sight *sight, enum clock_turn turn, bool *gone) {
    uint64_t before = store_putting(), went = 0;
    if (clock_choose(sight->view, sight->count, turn, WANTED) == 0) return 0;
    for (unsigned i = 0; i < sight->count; i++) {
        if (sight->view[i].chosen != 0) went += evict_pages(sight->object[i], sight->page[i], sight->view[i].chosen);
    }
    *gone = went > 0;
    store_go();
    return went + store_putting() - before;
}

bool evict_some(const struct pager_object *wanting) {
    bool own = is_at_limit(wanting) && !store_is_there(), may_write = store_is_there() && store_has_room(),
         gone = false;
    struct pager_hand *hand = own ? &wanting->account->hand : &wanting->purse->hand;
    tired = false;
    if (hand->rest > 0 && !may_write) {
        hand->rest--;
        return false;
    }
    hand->turn = 0;
    for (unsigned steps = 0; steps < STEPS_MOST;) {
        struct sight sight = {.count = 0};
        uint16_t pass = hand->turn; // no window is looked at twice
        while (sight.count < CLOCK_HORIZON && sight.steps < STEPS_MOST && hand->turn == pass)
            step(hand, wanting, &sight, may_write);
        steps += sight.steps;
        enum clock_turn turn = pass + 1 < PASSES_MOST ? CLOCK_UNTOUCHED : CLOCK_ANY;
        if (evict_seen(&sight, turn, &gone) > 0) return gone;
        if (hand->turn < PASSES_MOST) continue;
        hand->rest = store_putting() > 0 ? 0 : REST;
        return false;
    }
    tired = true;
    return false;
}

void evict_ahead(const struct pager_object *object) {
    if (!store_is_there() || store_is_fetching()) return;
    for (unsigned i = 0; i < AHEAD_MOST && clients_are_short(store_putting()); i++) {
        uint64_t before = store_putting();
        if (!evict_some(object) && store_putting() == before) break;
        clients_set_limits();
    }
}
