// SPDX-License-Identifier: MIT
// Requests on their way: from a client's ring to the disk, and back.
#pragma once

#include "disk_clients.h"

// What the client has put into its ring goes to the disk, as far as there are descriptors.
void transfers_begin(struct disk_client *client);
// What the disk has done is answered, and who waits for descriptors goes on.
void transfers_end(struct disk *disk);
// The disks are told what there is for them.
void transfers_ring(void);
