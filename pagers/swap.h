// SPDX-License-Identifier: MIT
// A disk as the backing store of a host.
#pragma once

#include <stdint.h>

// Opens the disk, and stands behind the host, which receives from this port; before pager_start().
// => a status: those of os_disk_open(); DENIED also for a disk that cannot be written, NO_MEMORY for one of a page
uint64_t swap_start(const char *disk, uint64_t port);
uint64_t swap_pages(void);
