// SPDX-License-Identifier: MIT
// The treap against a sorted array, and its own invariants.
#include "tree.h"

#include "tap.h"

enum { NODES = 1024 };

static struct tree_node nodes[NODES];
static struct tree_node *model[NODES]; // by key, then by age
static size_t model_count;
static struct tree tree;

// Checks every link from the top, without recursion. => the depth of the tree
static size_t check_links(void) {
    size_t deepest = 0, seen = 0;
    EXPECT(tree.root == NULL || tree.root->parent == NULL);
    for (struct tree_node *node = tree_first(&tree); node != NULL; node = tree_next(node)) {
        size_t depth = 1;
        for (struct tree_node *above = node->parent; above != NULL && depth <= NODES; above = above->parent) depth++;
        deepest = depth > deepest ? depth : deepest;
        EXPECT(node->left == NULL || node->left->parent == node);
        EXPECT(node->right == NULL || node->right->parent == node);
        EXPECT(node->parent == NULL || node->parent->priority >= node->priority, "a heap by priority");
        EXPECT(seen < model_count && model[seen] == node, "position %zu", seen);
        if (++seen > model_count) break;
    }
    EXPECT(seen == model_count, "%zu of %zu seen", seen, model_count);
    return deepest;
}

static struct tree_node *model_floor(uint64_t key) {
    size_t low = 0, high = model_count; // all below low are at most key; all from high on are above
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (model[middle]->key <= key)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? NULL : model[low - 1];
}

static size_t position_after(uint64_t key) {
    size_t at = 0;
    while (at < model_count && model[at]->key <= key) at++;
    return at;
}

static void insert(struct tree_node *node, uint64_t key) {
    node->key = key;
    tree_insert(&tree, node);
    size_t at = position_after(key);
    memmove(&model[at + 1], &model[at], (model_count - at) * sizeof(*model));
    model[at] = node;
    model_count++;
}

static struct tree_node *remove_at(size_t at) {
    struct tree_node *node = model[at];
    tree_remove(&tree, node);
    model_count--;
    memmove(&model[at], &model[at + 1], (model_count - at) * sizeof(*model));
    return node;
}

static void clear(void) {
    tree = (struct tree){NULL};
    model_count = 0;
}

static void compare_random_operations(uint64_t keys) {
    struct tree_node *spare[NODES];
    size_t spares = 0;
    clear();
    while (spares < NODES) {
        spare[spares] = &nodes[spares];
        spares++;
    }
    for (int round = 0; round < 50000; round++) {
        bool growing = round / 5000 % 2 == 0;
        bool adding = tap_random(4) < (growing ? 3 : 1);
        if (adding && spares > 0)
            insert(spare[--spares], tap_random(keys));
        else if (!adding && model_count > 0)
            spare[spares++] = remove_at(tap_random(model_count));
        uint64_t key = tap_random(keys + 2);
        EXPECT(tree_floor(&tree, key) == model_floor(key), "key %lu", key);
        if (round % 500 == 0) check_links();
    }
    while (model_count > 0) remove_at(tap_random(model_count));
    EXPECT(tree.root == NULL);
}

TEST(an_empty_tree_has_nothing) {
    clear();
    EXPECT(tree_first(&tree) == NULL && tree_floor(&tree, UINT64_MAX) == NULL);
}

TEST(a_hundred_thousand_random_operations_agree_with_a_sorted_array) {
    compare_random_operations(UINT64_MAX - 2);
    compare_random_operations(200);
}

TEST(equal_keys_stay_in_the_order_they_came_and_floor_is_the_latest) {
    clear();
    for (size_t i = 0; i < 100; i++) insert(&nodes[i], i % 3);
    check_links();
    EXPECT(tree_first(&tree) == &nodes[0]);
    EXPECT(tree_floor(&tree, 0) == &nodes[99]);
    EXPECT(tree_floor(&tree, 1) == &nodes[97]);
    EXPECT(tree_floor(&tree, 5) == &nodes[98]);
}

TEST(floor_at_both_ends_of_the_keys) {
    clear();
    insert(&nodes[0], UINT64_MAX);
    EXPECT(tree_floor(&tree, UINT64_MAX - 1) == NULL && tree_floor(&tree, UINT64_MAX) == &nodes[0]);
    insert(&nodes[1], 0);
    EXPECT(tree_floor(&tree, 0) == &nodes[1] && tree_floor(&tree, UINT64_MAX - 1) == &nodes[1]);
}

// 1024 nodes have 10 levels at best, and 24 on average in a treap; 60 would be a miracle.
TEST(depth_stays_logarithmic_in_whatever_order_keys_come) {
    clear();
    for (size_t i = 0; i < NODES; i++) insert(&nodes[i], i);
    size_t depth = check_links();
    EXPECT(depth <= 60, "ascending: %zu", depth);
    clear();
    for (size_t i = 0; i < NODES; i++) insert(&nodes[i], NODES - i);
    depth = check_links();
    EXPECT(depth <= 60, "descending: %zu", depth);
    clear();
    for (size_t i = 0; i < NODES; i++) insert(&nodes[i], 7);
    depth = check_links();
    EXPECT(depth <= 60, "all equal: %zu", depth);
}
