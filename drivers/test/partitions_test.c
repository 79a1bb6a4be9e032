// SPDX-License-Identifier: MIT
// Partition tables: what a good one means, and what of a bad one is not believed.
#include "partitions.h"

#include "tap.h"

static uint8_t sector[512];
static struct partition found[PARTITIONS];

static void entry(unsigned number, uint8_t type, uint32_t first, uint32_t sectors) {
    uint8_t *at = sector + 446 + number * 16;
    at[4] = type;
    for (unsigned i = 0; i < 4; i++) {
        at[8 + i] = (uint8_t)(first >> 8 * i);
        at[12 + i] = (uint8_t)(sectors >> 8 * i);
    }
}

static bool read_table(uint64_t sectors) {
    sector[510] = 0x55;
    sector[511] = 0xaa;
    return partitions_read(sector, sectors, found);
}

static void clear(void) { memset(sector, 0, sizeof sector); }

TEST(partitions_are_where_the_table_says) {
    clear();
    entry(0, 0x83, 2048, 1000);
    entry(2, 0x82, 4096, 0x7fffffff);
    EXPECT(read_table(UINT64_C(1) << 32));
    EXPECT(found[0].first == 2048 && found[0].sectors == 1000);
    EXPECT(found[1].sectors == 0 && found[3].sectors == 0);
    EXPECT(found[2].first == 4096 && found[2].sectors == 0x7fffffff);
}

TEST(a_partition_ends_with_its_disk_at_the_latest) {
    clear();
    entry(0, 0x83, 10, 90);
    entry(1, 0x83, 10, 91);
    entry(2, 0x83, 101, 1);
    entry(3, 0x83, UINT32_MAX, UINT32_MAX);
    EXPECT(read_table(100));
    EXPECT(found[0].sectors == 90 && found[1].sectors == 0 && found[2].sectors == 0 && found[3].sectors == 0);
}

TEST(an_entry_without_type_place_or_size_is_none) {
    clear();
    entry(0, 0, 10, 10);
    entry(1, 0x83, 0, 10); // it would have the table in it
    entry(2, 0x83, 10, 0);
    EXPECT(read_table(1000));
    for (unsigned i = 0; i < PARTITIONS; i++) EXPECT(found[i].sectors == 0);
}

TEST(a_sector_without_the_mark_is_no_table) {
    clear();
    entry(0, 0x83, 10, 10);
    EXPECT(!partitions_read(sector, 1000, found) && found[0].sectors == 0);
}

TEST(a_name_may_end_with_the_number_of_a_partition) {
    uint64_t length;
    EXPECT(partition_of("data", &length) == 0 && length == 4);
    EXPECT(partition_of("data.2", &length) == 2 && length == 4);
    EXPECT(partition_of("d.4", &length) == 4 && length == 1);
    EXPECT(partition_of("data.5", &length) == 0 && length == 6);
    EXPECT(partition_of("data.0", &length) == 0 && length == 6);
    EXPECT(partition_of(".1", &length) == 0 && length == 2);
    EXPECT(partition_of("", &length) == 0 && length == 0);
    EXPECT(partition_of("disk0.1", &length) == 1 && length == 5);
}
