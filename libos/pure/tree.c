// SPDX-License-Identifier: MIT
// An intrusive treap: insertion splits a subtree, removal merges two, both in one loop downwards.
#include "tree.h"

// Priorities need to be spread, not secret.
static uint64_t next_priority(void) {
    static uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

// The pointer that points to `node`.
static struct tree_node **link_to(struct tree *tree, const struct tree_node *node) {
    if (node->parent == NULL) return &tree->root;
    return node->parent->left == node ? &node->parent->left : &node->parent->right;
}

static void hang(struct tree_node **link, struct tree_node *node, struct tree_node *parent) {
    *link = node;
    if (node != NULL) node->parent = parent;
}

void tree_insert(struct tree *tree, struct tree_node *node) {
    node->priority = next_priority();
    struct tree_node **link = &tree->root, *parent = NULL, *rest = tree->root;
    while (rest != NULL && rest->priority >= node->priority) {
        parent = rest;
        link = node->key < rest->key ? &rest->left : &rest->right;
        rest = *link;
    }
    hang(link, node, parent);
    // What stood here is split into what comes before the node and what comes after: each part grows at one open link.
    struct tree_node **before = &node->left, **after = &node->right;
    struct tree_node *before_parent = node, *after_parent = node;
    while (rest != NULL) {
        if (node->key < rest->key) {
            hang(after, rest, after_parent);
            after_parent = rest;
            after = &rest->left;
            rest = *after;
        } else {
            hang(before, rest, before_parent);
            before_parent = rest;
            before = &rest->right;
            rest = *before;
        }
    }
    *before = NULL;
    *after = NULL;
}

void tree_remove(struct tree *tree, struct tree_node *node) {
    struct tree_node **link = link_to(tree, node), *parent = node->parent;
    struct tree_node *before = node->left, *after = node->right;
    while (before != NULL && after != NULL) {
        if (before->priority >= after->priority) {
            hang(link, before, parent);
            parent = before;
            link = &before->right;
            before = *link;
        } else {
            hang(link, after, parent);
            parent = after;
            link = &after->left;
            after = *link;
        }
    }
    hang(link, before != NULL ? before : after, parent);
    node->parent = node->left = node->right = NULL;
}

static struct tree_node *leftmost(struct tree_node *node) {
    while (node != NULL && node->left != NULL) node = node->left;
    return node;
}

struct tree_node *tree_first(const struct tree *tree) {
    return leftmost(tree->root);
}

struct tree_node *tree_next(const struct tree_node *node) {
    if (node->right != NULL) return leftmost(node->right);
    while (node->parent != NULL && node->parent->right == node) node = node->parent;
    return node->parent;
}
