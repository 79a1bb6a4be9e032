// SPDX-License-Identifier: MIT
// Spaces: made, entered, ended piece by piece; and the accounts of memory.
#include "space.h"

#include "check.h"
#include "handle.h"
#include "region.h"
#include "string.h"
#include "table.h"

enum { ENDED_AT_ONCE = 16 };

static uint32_t last_number;

struct frame *space_frames(struct space *space, enum frame_kind kind, uint64_t count) {
    if (!space_can_pay(space, count)) return NULL;
    struct frame *first = frame_allocate(kind, count);
    for (uint64_t i = 0; first != NULL && i < count; i++) space_pay(space, &first[i]);
    return first;
}

void *space_page(struct space *space, enum frame_kind kind) {
    const struct frame *frame = space_frames(space, kind, 1);
    return frame == NULL ? NULL : direct(frame_pa(frame));
}

void space_frame_free(struct frame *frame) {
    struct space *payer = direct(pa((uint64_t)frame->payer << PAGE_BITS));
    frame_free(frame);
    payer->used--;
    if (!payer->ended) return;
    payer->quota--; // nobody else can use it any more
    if (payer->parent != NULL) payer->parent->used--;
    space_settle(payer);
}

void space_settle(struct space *space) {
    while (space != NULL && space->ended && space->object.references == 0 && space->used == 0) {
        struct space *parent = space->parent;
        if (parent != NULL) parent->used -= space->quota + 1;
        frame_free(frame_at(pa_of(space)));
        space = parent;
    }
}

// Nothing is left but the account, for as long as others hold what it pays for.
static void finish(struct space *space) {
    space_tell_keeper(space);
    list_remove(&space->object.doomed);
    list_remove(&space->in_parent);
    translation_give(space->whole_satp);
    if (space->parent != NULL) space->parent->used -= space->quota - space->used;
    space->quota = space->used;
    space->ended = true;
    port_drop(space->exception_port);
    port_drop(space->keeper);
    check_now();
}

struct space *space_create(struct space *parent, uint64_t quota, unsigned rank) {
    if (parent != NULL && (quota >= UINT32_MAX || !space_can_pay(parent, quota + 1))) return NULL;
    const struct frame *frame = frame_allocate(FRAME_SPACE, 1);
    if (frame == NULL) return NULL;
    struct space *space = direct(frame_pa(frame));
    object_init(&space->object, OBJECT_SPACE);
    space->id = (uint64_t)++last_number << 32 | frame_pa(frame).bits >> PAGE_BITS;
    space->parent = parent;
    space->quota = quota;
    space->rank = (uint8_t)rank;
    space->handle_hint = HANDLE_FIRST_FREE;
    space->last_region = &region_none;
    struct link *heads[] = {&space->pool, &space->threads, &space->ports, &space->children, &space->in_parent};
    for (unsigned i = 0; i < sizeof heads / sizeof heads[0]; i++) link_init(heads[i]);
    if (parent != NULL) {
        parent->used += quota + 1;
        list_add_last(&parent->children, &space->in_parent);
    }
    if (table_init(space)) space->whole_satp = translation_take(pa_of(space->root));
    if (space->whole_satp == 0) {
        space_destroy(space); // it is empty: at once
        return NULL;
    }
    space_owe(space, UINT64_MAX);
    return space;
}

struct space *space_find(uint64_t id) {
    uint64_t number = id & UINT32_MAX;
    if (!frame_exists(number) || frame_table[number].kind != FRAME_SPACE) return NULL;
    struct space *space = direct(pa(number << PAGE_BITS));
    return space->id == id && !space->object.dead ? space : NULL;
}

// Make the harts let go of its page table. => false: one that sleeps on it has been woken; ask again
static bool leave_everywhere(const struct space *space) {
    bool left = true;
    if (hart_here()->space == space) space_leave();
    for (struct hart *hart = harts; hart < harts + hart_count; hart++) {
        if (hart->space != space) continue;
        hart_interrupt(hart);
        left = false;
    }
    return left;
}

// Some may run on other harts: all of them are told before any is asked for again.
static bool end_threads(struct space *space) {
    struct link *link = space->threads.next;
    for (unsigned i = 0; i < ENDED_AT_ONCE && link != &space->threads; i++) {
        struct thread *thread = container_of(link, struct thread, in_space);
        link = link->next;
        thread_end(thread);
    }
    return list_empty(&space->threads);
}

// What is left of a space without threads and children: a bounded part. => true when nothing is
static bool end_rest(struct space *space) {
    for (unsigned i = 0; i < ENDED_AT_ONCE; i++) {
        struct tree_node *first = tree_first(&space->regions);
        if (!list_empty(&space->ports))
            port_destroy(container_of(space->ports.next, struct port, in_holder));
        else if (first != NULL)
            region_detach(container_of(first, struct region, node));
        else if (handle_close_some(space))
            return table_free(space);
    }
    return false;
}

void space_tell_keeper(struct space *space) {
    if (space->keeper != NULL && !space->keeper->object.dead) port_notify(space->keeper, space->keeper_bits);
}

// A space does not outlive the one whose quota it lives on. A child's own children become its parent's first, so that
// no descent is deeper than one.
bool space_destroy(struct space *space) {
    struct space *ending = space;
    for (;;) {
        if (ending->ended) return true;
        object_doom(&ending->object);
        if (!end_threads(ending) || !leave_everywhere(ending)) return false;
        struct link *child = ending->children.next;
        if (child == &ending->children) break;
        if (ending != space) {
            list_take(child);
            list_add_last(&space->children, child);
            return false;
        }
        ending = container_of(child, struct space, in_parent);
    }
    object_keep(&ending->object);
    bool done = end_rest(ending);
    if (done) finish(ending);
    object_drop(&ending->object);
    return done && ending == space;
}
