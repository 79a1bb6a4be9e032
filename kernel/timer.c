// SPDX-License-Identifier: MIT
// Time: one tree of deadlines, ordered by when they are.
#include "timer.h"

#include "hart.h"
#include "list.h"

enum { SERVED_AT_ONCE = 16 };

uint64_t timer_frequency;
bool timer_is_own;

static struct tree deadlines;

void deadline_set(struct deadline *deadline, uint64_t when, void (*serve)(struct deadline *deadline)) {
    deadline_cancel(deadline);
    deadline->armed = true;
    deadline->serve = serve;
    deadline->node.key = when;
    tree_insert(&deadlines, &deadline->node);
    if (when < hart_here()->alarm) deadline_arm(hart_here());
}

void deadline_cancel(struct deadline *deadline) {
    if (deadline->armed) tree_remove(&deadlines, &deadline->node);
    deadline->armed = false;
}

void deadline_arm(struct hart *hart) {
    const struct tree_node *first = tree_first(&deadlines);
    hart->alarm = first != NULL && first->key < hart->slice_end ? first->key : hart->slice_end;
    timer_set(hart->alarm);
}

void deadline_serve(void) {
    for (unsigned i = 0; i < SERVED_AT_ONCE; i++) {
        struct tree_node *first = tree_first(&deadlines);
        if (first == NULL || first->key > timer_now()) break;
        struct deadline *deadline = container_of(first, struct deadline, node);
        deadline_cancel(deadline);
        deadline->serve(deadline);
    }
    deadline_arm(hart_here());
}
