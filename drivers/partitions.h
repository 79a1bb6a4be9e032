// SPDX-License-Identifier: MIT
// The partition table in the first sector of a disk, of the old kind (MBR). Pure; read as hostile input.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { PARTITIONS = 4 };

// sectors 0: there is none.
struct partition {
    uint64_t first, sectors;
};

// What the first sector's 512 bytes say of a disk of so many sectors. An entry that reaches beyond the disk, or has
// sector 0 in it, is none. => false: there is no table
bool partitions_read(const uint8_t *sector, uint64_t sectors, struct partition partition[PARTITIONS]);

// Splits "NAME.2" into its name's length and number. => the number; 0: it names a whole disk
unsigned partition_of(const char *name, uint64_t *length);
