// SPDX-License-Identifier: MIT
// The queue of a disk: runs of descriptors, and a device that answers in any order, or wrongly.
#include "disk_queue.h"

#include "tap.h"

static struct queue_descriptor descriptor[QUEUE_SIZE];
static struct queue_available available;
static struct queue_used used;
static struct queue queue;

static void begin(void) {
    memset(&available, 0, sizeof available);
    memset(&used, 0, sizeof used);
    queue_start(&queue, descriptor, &available, &used);
}

// What the device does.
static void device_uses(uint32_t first) {
    used.ring[used.count % QUEUE_SIZE].first = first;
    used.count++;
}

TEST(runs_do_not_overlap_and_come_back) {
    begin();
    static bool mine[QUEUE_SIZE];
    unsigned first[QUEUE_SIZE], count[QUEUE_SIZE], runs = 0, free = QUEUE_SIZE;
    uint32_t random = 1;
    for (unsigned round = 0; round < 20000; round++) {
        random = random * 1664525 + 1013904223;
        unsigned wanted = 2 + (random >> 20) % ((random >> 10) % 4 == 0 ? 130 : 6);
        if ((random >> 16) % 2 == 0 || runs == 0) {
            unsigned at = queue_take(&queue, wanted);
            if (at == QUEUE_SIZE) continue;
            EXPECT(at + wanted <= QUEUE_SIZE && wanted <= free);
            for (unsigned i = 0; i < wanted; i++) {
                EXPECT(!mine[at + i]);
                mine[at + i] = true;
            }
            first[runs] = at;
            count[runs++] = wanted;
            free -= wanted;
        } else {
            unsigned which = (random >> 8) % runs;
            for (unsigned i = 0; i < count[which]; i++) mine[first[which] + i] = false;
            queue_give(&queue, first[which], count[which]);
            free += count[which];
            first[which] = first[--runs];
            count[which] = count[runs];
        }
        EXPECT(queue.left == free);
    }
    while (runs > 0) runs--, queue_give(&queue, first[runs], count[runs]);
    EXPECT(queue_take(&queue, QUEUE_SIZE) == 0);
}

TEST(a_full_queue_has_no_run_and_a_hole_is_found) {
    begin();
    for (unsigned i = 0; i < QUEUE_SIZE / 4; i++) EXPECT(queue_take(&queue, 4) != QUEUE_SIZE);
    EXPECT(queue_take(&queue, 1) == QUEUE_SIZE);
    queue_give(&queue, 100, 4);
    queue_give(&queue, 108, 4);
    EXPECT(queue_take(&queue, 5) == QUEUE_SIZE); // enough, but not in a row
    EXPECT(queue_take(&queue, 4) == 100);
    EXPECT(queue_take(&queue, 4) == 108);
}

TEST(what_is_published_is_seen_in_order_and_collected_in_any) {
    begin();
    for (unsigned round = 0; round < 70000; round++) { // the counts run over
        queue_publish(&queue, round % QUEUE_SIZE);
        queue_publish(&queue, (round + 7) % QUEUE_SIZE);
        EXPECT(available.count == (uint16_t)(2 * round + 2));
        EXPECT(available.first[(2 * round) % QUEUE_SIZE] == round % QUEUE_SIZE);
        EXPECT(queue_collect(&queue) == QUEUE_SIZE);
        device_uses((round + 7) % QUEUE_SIZE);
        device_uses(round % QUEUE_SIZE);
        EXPECT(queue_collect(&queue) == (round + 7) % QUEUE_SIZE);
        EXPECT(queue_collect(&queue) == round % QUEUE_SIZE);
        EXPECT(queue_collect(&queue) == QUEUE_SIZE);
    }
}

TEST(a_device_that_uses_what_it_was_not_given_is_not_believed) {
    begin();
    queue_publish(&queue, 3);
    device_uses(100000);
    EXPECT(queue_is_sound(&queue) && queue_collect(&queue) == QUEUE_SIZE);
    device_uses(3);
    EXPECT(!queue_is_sound(&queue) && queue_collect(&queue) == QUEUE_SIZE);
    begin();
    used.count = 40000;
    EXPECT(!queue_is_sound(&queue) && queue_collect(&queue) == QUEUE_SIZE);
}

TEST(descriptors_say_where_they_go_on) {
    begin();
    queue_fill(&queue, 5, 0x80001000, 512, 6, true);
    queue_fill(&queue, 6, 0x80002000, 16, QUEUE_SIZE, false);
    EXPECT(descriptor[5].flags == (QUEUE_NEXT | QUEUE_WRITTEN) && descriptor[5].next == 6 && descriptor[5].size == 512);
    EXPECT(descriptor[6].flags == 0 && descriptor[6].at == 0x80002000);
    EXPECT(sizeof descriptor == 4096 && sizeof *descriptor == 16);
    EXPECT(__builtin_offsetof(struct queue_available, first) == 4 && __builtin_offsetof(struct queue_used, ring) == 4);
}
