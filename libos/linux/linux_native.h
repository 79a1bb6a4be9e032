// SPDX-License-Identifier: MIT
// execve of a program that is linked for Pagoda.
#pragma once

#include <stdint.h>

// Starts the one of this name, with these words. => its process number; or a negative error, and nothing has happened
int64_t native_start(const char *name, const char *const *words, uint64_t count);
// It was not to be.
void native_forget(uint64_t process);
// The calling process is as good as that from now on: it waits for it, and ends as it ends.
__attribute__((noreturn)) void native_be(uint64_t process);
// The same before the process has a thread of a program's, and so no signals.
__attribute__((noreturn)) void native_be_at_once(uint64_t process);
// The process ends: what it stands for ends too.
void native_end(void);
