// SPDX-License-Identifier: MIT
// The partition table in the first sector of a disk, of the old kind (MBR).
#include "partitions.h"

enum { TABLE = 446, ENTRY = 16, TYPE = 4, FIRST = 8, SECTORS = 12, MARK = 510 };

static uint32_t number_at(const uint8_t *bytes) {
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

bool partitions_read(const uint8_t *sector, uint64_t sectors, struct partition partition[PARTITIONS]) {
    for (unsigned i = 0; i < PARTITIONS; i++) partition[i] = (struct partition){0, 0};
    if (sector[MARK] != 0x55 || sector[MARK + 1] != 0xaa) return false;
    for (unsigned i = 0; i < PARTITIONS; i++) {
        const uint8_t *entry = sector + TABLE + i * ENTRY;
        uint64_t first = number_at(entry + FIRST), count = number_at(entry + SECTORS);
        if (entry[TYPE] == 0 || first == 0 || count == 0 || first > sectors || count > sectors - first) continue;
        partition[i] = (struct partition){first, count};
    }
    return true;
}

unsigned partition_of(const char *name, uint64_t *length) {
    uint64_t size = 0;
    while (name[size] != '\0') size++;
    *length = size;
    if (size < 3 || name[size - 2] != '.' || name[size - 1] < '1' || name[size - 1] > '0' + PARTITIONS) return 0;
    *length = size - 2;
    return (unsigned)(name[size - 1] - '0');
}
