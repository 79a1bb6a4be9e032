// SPDX-License-Identifier: MIT
// The system description: which servers run and what they host, who serves which part of a program, what runs first.
#pragma once

#include <os/start_block.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DESCRIPTION_NAME = OS_NAME, // with the zero byte at its end
    DESCRIPTION_SERVERS = 16,
    DESCRIPTION_PROGRAMS = 32,
    DESCRIPTION_RUNS = 16,
    DESCRIPTION_KINDS = 8, // of a server, and as many backing it
    DESCRIPTION_COMMAND = 160,
    DESCRIPTION_LINE = 512,
    DESCRIPTION_SIZE = 64 * 1024,
    DESCRIPTION_RANK_MOST = 255,      // of a program; a server's is lower
    DESCRIPTION_PAGES_MOST = 1 << 18, // of a heap
    DESCRIPTION_STACK_MOST = 1 << 15, // the start block is below it
    DESCRIPTION_PRIORITY_MOST = 15,   // below init's own
};

struct description_place {
    uint32_t line, column; // from 1 on; 0: nowhere
};

struct description_name {
    char text[DESCRIPTION_NAME]; // "": nothing was said
    struct description_place place;
};

struct description_number {
    uint64_t value;
    struct description_place place; // nowhere: nothing was said, the value is what holds then
};

struct description_server {
    struct description_name name, program, fallback, device, disk;
    struct description_name kind[DESCRIPTION_KINDS], backing[DESCRIPTION_KINDS];
    uint32_t kind_count, backing_count;
    struct description_number quota, rank, priority; // quota in frames
    bool restart, finish, operates;
};

struct description_memory {
    struct description_name kind; // "": wired
    uint64_t pages;               // of heap and stack: how large it may become
};

struct description_program {
    struct description_name name;
    struct description_number quota, rank, priority;
    struct description_memory part[OS_PARTS];
    bool pays; // for its pages
};

struct description_run {
    char command[DESCRIPTION_COMMAND];
    struct description_place place;
    bool waits;    // until it has ended, nothing behind it is started
    bool operates; // may end and see what is not its own
};

struct description {
    struct description_server server[DESCRIPTION_SERVERS];
    struct description_program defaults, program[DESCRIPTION_PROGRAMS];
    struct description_run run[DESCRIPTION_RUNS];
    uint32_t server_count, program_count, run_count;
    bool ends; // the machine, when all that was to run has ended
};

// What the description is held against.
struct description_machine {
    uint64_t frames; // that there are to give away
    bool (*has_file)(const void *context, const char *name);
    const void *context;
};

struct description_error {
    struct description_place place;
    char text[200]; // one sentence, and what to do
};

// `text` need not end with a zero byte.
// => false, and the first error; the description is then of no use
bool description_read(struct description *description, const char *text, size_t size,
                      const struct description_machine *machine, struct description_error *error);

// => the server that hosts a kind, or NULL
const struct description_server *description_host(const struct description *description, const char *kind);

// => the server of this name, or NULL
const struct description_server *description_server(const struct description *description, const char *name);

// => what holds for a program of this name: its own line, or the line `memory`
const struct description_program *description_program(const struct description *description, const char *name);

// A size in frames: 4M, 512K, 1024, 10% of `whole`. => false: it is none, or it is 0
bool description_size(const char *word, size_t length, uint64_t whole, uint64_t *frames);
