// SPDX-License-Identifier: MIT
// Streams of the server `unix` as the program's files: pipes, pairs, counters, terminals.
#pragma once

#include "linux_file.h"

extern const struct linux_file_kind linux_stream_kind;

// What any kind of stream does in the same way.
int64_t stream_set_flags(struct linux_file *file, uint32_t flags);
uint32_t stream_ready(struct linux_file *file, uint32_t events, bool listen);
void stream_last(struct linux_file *file);

// A fifo of the disk, by its inode; waits for the other side. => 0, or a negative error
int64_t stream_open_fifo(uint64_t inode, uint32_t flags, struct linux_file **file);

// A file for a stream that the process has; its flags are O_. => NULL: there are too many, and the stream is closed
struct linux_file *stream_file(uint64_t number, uint32_t flags, uint32_t kind);
