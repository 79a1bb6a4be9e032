// SPDX-License-Identifier: MIT
// An intrusive search tree over 64-bit keys: a treap, so balanced in expectation whatever the order of insertion.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct tree_node {
    uint64_t key;
    struct tree_node *parent, *left, *right;
    uint64_t priority; // never below a child's
};

struct tree {
    struct tree_node *root; // null: empty
};

// Puts `node` behind all nodes of its own key, which the caller has set.
void tree_insert(struct tree *tree, struct tree_node *node);

// `node` must be in `tree`.
void tree_remove(struct tree *tree, struct tree_node *node);

// => the first node, and the one after a node, in the order of keys; or null
struct tree_node *tree_first(const struct tree *tree);
struct tree_node *tree_next(const struct tree_node *node);

// => the node of the greatest key that is not above `key`, the latest of equals; or null
static inline struct tree_node *tree_floor(const struct tree *tree, uint64_t key) {
    struct tree_node *best = NULL;
    for (struct tree_node *node = tree->root; node != NULL;) {
        if (node->key <= key) {
            best = node;
            node = node->right;
        } else {
            node = node->left;
        }
    }
    return best;
}
