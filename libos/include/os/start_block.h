// SPDX-License-Identifier: MIT
// What init leaves for a program that it starts, and where its parts are.
#pragma once

#include <abi/start.h>
#include <stdint.h>

// A program is linked at the foot of 4 GiB that are its own, and finds these and those of <abi/start.h> there. Most
// have the lowest; the Linux personality, whose programs want those, has others.
extern char program_base[];
#define OS_BASE      ((uint64_t)program_base)
#define OS_BASE_SIZE (UINT64_C(1) << 32)

// 16 KiB, served by init: the block, a page that is never there, the stack that the program starts on.
#define OS_START_BLOCK 0x0fff8000ul
#define OS_START_STACK (OS_START_BLOCK + 0x4000ul)

#define OS_STACK_TOP 0x1fff0000ul
#define OS_HEAP      0x20000000ul

enum {
    OS_START_PAGES = 4,
    OS_ARGUMENTS = 32,
    OS_NAME = 24,
    OS_INHERITED = 32, // words
};

// Where a server finds the devices that it drives, and a client of disks what it shares with the disk server.
#define OS_DEVICES    0x0fe00000ul // to START_MESSAGE_PAGE
#define OS_DISK_RINGS (START_MESSAGE_PAGE + 0x1000ul)

enum { OS_DISK_RINGS_MOST = 7 };

// Handles that a program finds.
enum {
    OS_SLOT_CONSOLE = 1, // HANDLE_MACHINE with HANDLE_CONSOLE; for who drives devices, HANDLE_INTERRUPT and HANDLE_DMA
    OS_SLOT_INIT = 2,    // init's port
    OS_SLOT_THREAD = 3,  // its first thread
    OS_SLOT_SOURCE = 4,  // who has the bytes of its data, to be asked as a pager
    OS_SLOT_FREE = 5,    // the first that is free
};

enum os_part {
#define PART(name, size, what) OS_PART_##name,
#include <os/parts.def>
#undef PART
    OS_PARTS,
};

struct os_part_range {
    char kind[OS_NAME];     // of the pager that shall serve it; "": it is there already, or there is none
    char fallback[OS_NAME]; // the server that answers when that one is dead; "": none
    uint64_t va, pages;
};

// The registers of a device, and its source for the call `interrupt`.
struct os_device {
    uint64_t va, size, interrupt;
};

struct os_start_block {
    uint64_t ticks_per_second;
    uint64_t seconds;  // since 1970, when the machine's clock was at 0; 0: nobody knows
    uint32_t process;  // the number that others know it by
    uint32_t priority; // of its threads
    uint32_t harts;    // of the machine
    uint32_t pays;     // 1: for the pages that pagers give it
    uint32_t argument_count;
    uint32_t argument[OS_ARGUMENTS]; // where each begins in `words`; the first is the program's name
    char words[1024];
    struct os_part_range part[OS_PARTS];
    uint64_t inherited[OS_INHERITED]; // a forked process: what its parent gave to `begin`
    uint64_t device_count;            // that it drives
    struct os_device device[START_DEVICES_MOST];
};

_Static_assert(sizeof(struct os_start_block) <= 4096, "a page");
