// SPDX-License-Identifier: MIT
// Numbers of the system calls and statuses.
#pragma once

#include <stdint.h>

enum call_number {
#define CALL(name, count, arguments, results, what) CALL_##name,
#include <abi/system_calls.def>
#undef CALL
    CALL_COUNT,
};

enum status {
#define STATUS(name, sentence) STATUS_##name,
#include <abi/status.def>
#undef STATUS
    STATUS_COUNT,
};

// What a call returns in a0 and a1.
struct result {
    uint64_t status;
    uint64_t value;
};

// flags of recv
#define RECV_POLL 1u // do not wait: STATUS_EMPTY when there is nothing

// flags of resume
#define RESUME_UNPROT 1u // unprot(own space, va, pages, rights) first

// what of dirty; with DIRTY_KEEP it is only looked at
#define DIRTY_WRITTEN  0u
#define DIRTY_ACCESSED 1u
#define DIRTY_KEEP     2u

// `port` of region
#define REGION_SELF   0xfffffffeu // the faulting thread's own handler answers
#define REGION_REMOVE 0xffffffffu // nobody does: take the region and its pages away
// `rights` of region: rights in the low byte; above it, the deadline of each fault in microseconds (0: none)
#define REGION_DEADLINE_SHIFT 8

enum space_control {
    SPACE_QUOTA_GIVE,     // move `value` frames of quota from the caller to the space
    SPACE_QUOTA_TAKE,     // and back
    SPACE_EXCEPTION_PORT, // value: a handle of the port that hears of what nobody else handles; 0: none
    SPACE_KEEPER,         // value: a handle of a port, more: bits; notified when a thread stops or the space ends
    SPACE_ID,             // => the number that names the space in memory calls
    SPACE_COUNTERS,       // => in the message page: struct space_counters
};

enum thread_control {
    THREAD_START,
    THREAD_STOP,
    THREAD_PRIORITY,      // 0 (lowest) to 31
    THREAD_GET_REGISTERS, // of a stopped thread => in the message page: x1 to x31, pc
    THREAD_SET_REGISTERS, // from the message page
    THREAD_MESSAGE_PAGE,  // map the caller's own message page at `value` in its space
};

enum console_what {
    CONSOLE_WRITE, // value: bytes of the message page, at most CONSOLE_BYTES
    CONSOLE_READ,  // => a character; STATUS_EMPTY when none was typed
    CONSOLE_WATCH, // value: enum console_watch
};

enum console_watch {
    CONSOLE_WATCH_NOT,   // a driver has the serial line: the kernel no longer looks for what is typed
    CONSOLE_WATCH_KEYS,  // it looks itself
    CONSOLE_WATCH_WAITS, // it does not, and says who waits on whom: Ctrl-T was typed
};

#define CONSOLE_BYTES 256u

enum power_how {
    POWER_HOW_OFF,
    POWER_HOW_REBOOT,
};

struct space_counters {
    uint64_t quota, used;
    uint64_t faults[3]; // by enum fault_access: read, write, execute
    uint64_t faults_spurious, faults_upcall, faults_paged, faults_unhandled;
    uint64_t messages, shootdowns, switches;
};
