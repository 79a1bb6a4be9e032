// SPDX-License-Identifier: MIT
// Streams of the server `unix` as the program's files: pipes, pairs, counters, terminals.
#pragma once

#include "linux_file.h"

extern const struct linux_file_kind linux_stream_kind;

// A file for a stream that the process has; its flags are O_. => NULL: there are too many, and the stream is closed
struct linux_file *stream_file(uint64_t number, uint32_t flags, uint32_t kind);
