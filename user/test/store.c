// SPDX-License-Identifier: MIT
// A kind with a backing store in its own memory. A page is: untouched; here; or away, and its content in the store.
//
//   entry      store     fault      then
//   none       no        any        a zeroed frame                    fresh
//   none       yes       any        a frame with what is stored       fetched
//   frame                any        mapped once more                  again
#include "store.h"

#include <os/arena.h>

#include <stddef.h>

// Of each object: a word of each page is enough to tell them apart, and where in the page it stands.
struct stored {
    uint64_t object;
    bool here[STORE_PAGES];
    uint64_t word[STORE_PAGES];
};

static struct stored stored[STORE_OBJECTS];

static enum pager_error attach(struct pager_object *object, uint64_t source) {
    (void)source;
    if (object->pages > STORE_PAGES) return PAGER_BAD_ARGUMENT;
    for (unsigned i = 0; i < STORE_OBJECTS; i++) {
        if (stored[i].object != 0) continue;
        stored[i] = (struct stored){.object = object->cookie};
        object->word = i;
        return PAGER_OK;
    }
    return PAGER_FULL;
}

static void detach(struct pager_object *object) { stored[object->word].object = 0; }

static struct pager_verdict fault_store(struct pager_object *object, uint64_t page, uint64_t label,
                                        uint64_t neighbours) {
    (void)neighbours;
    const struct stored *store = &stored[object->word];
    const uint32_t *entry = &object->entries[page];
    enum pager_case what = PAGER_CASE_again;
    if (*entry == 0) {
        what = store->here[page] ? PAGER_CASE_fetched : PAGER_CASE_fresh;
        if (pager_fill(object, page, 1, true) == 0) return pager_no_frame(object, page, label);
        *(uint64_t *)pager_frame_va(*entry) = store->word[page];
    }
    return pager_map(object, pager_frame_va(*entry), 1, what);
}

static uint32_t evict(struct pager_object *object, uint64_t page, uint32_t entry, bool dirty) {
    struct stored *store = &stored[object->word];
    if (dirty) store->word[page] = *(const uint64_t *)pager_frame_va(entry);
    store->here[page] = true;
    return 0;
}

const struct pager_ops kind_store = {
    .name = "store",
    .attach = attach,
    .fault = fault_store,
    .detach = detach,
    .evict = evict,
};
