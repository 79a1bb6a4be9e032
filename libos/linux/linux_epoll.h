// SPDX-License-Identifier: MIT
// epoll's lists.
#pragma once

#include "linux_file.h"

// When the process begins; in a forked one, too.
void epoll_start(void);
// Nobody has this file any more.
void epoll_forget(const struct linux_file *file);
