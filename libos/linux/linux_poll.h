// SPDX-License-Identifier: MIT
// Waiting for files: what poll, select and epoll have in common.
#pragma once

#include "linux_file.h"

#define POLLRDNORM 0x040u
#define POLLRDBAND 0x080u
#define POLLWRNORM 0x100u
#define POLLWRBAND 0x200u
#define POLLRDHUP  0x2000u

// What of `events` (and POLLERR, POLLHUP) the file is ready for now. listen: the calling thread is woken when that may
// have changed
uint32_t poll_ready(struct linux_file *file, uint32_t events, bool listen);

// One look at everything. => how many are ready, or a negative error. `listen` as above
typedef int64_t poll_look(void *context, bool listen);

// Looks, and looks again whenever something may have changed, until something is ready, or the time has come.
// `mask`: the program's set of signals that are blocked meanwhile, 0: none. => what `look` gave, 0: the time has come
int64_t poll_wait(poll_look *look, void *context, uint64_t deadline, uint64_t mask, uint64_t mask_size);

// `time`: the program's struct timespec, 0: for ever. => 0, or a negative error
int64_t poll_deadline(uint64_t time, uint64_t *deadline);
// What is left of it is written there.
void poll_tell_rest(uint64_t time, uint64_t deadline);
