// SPDX-License-Identifier: MIT
// Circular doubly linked lists: the head is a link too, and an unlinked link points to itself.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct link {
    struct link *next, *previous;
};

#define container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

static inline void link_init(struct link *link) { link->next = link->previous = link; }

static inline bool list_empty(const struct link *head) { return head->next == head; }

static inline void list_add_last(struct link *head, struct link *link) {
    struct link *last = head->previous;
    link->next = head;
    link->previous = last;
    last->next = head->previous = link;
}

static inline void list_add_first(struct link *head, struct link *link) { list_add_last(head->next, link); }

// Take out of the list it is in; it must not be taken out again.
static inline void list_take(struct link *link) {
    link->next->previous = link->previous;
    link->previous->next = link->next;
}

// The same for the first of a list.
static inline void list_take_first(struct link *head, const struct link *first) {
    struct link *second = first->next;
    head->next = second;
    second->previous = head;
}

// Take out of whatever list it is in; harmless when it is in none.
static inline void list_remove(struct link *link) {
    link->next->previous = link->previous;
    link->previous->next = link->next;
    link_init(link);
}
