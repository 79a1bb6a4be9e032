// SPDX-License-Identifier: MIT
// Messages, fault messages and verdicts.
//
// A message is a tag and five words. Sent in a1 (tag), a2 to a6 (words); received in
//   a0 status   a1 tag   a2..a6 words   a7 token (0: no answer is expected)   t0 badge   t1 handle (with TAG_HANDLE)
#pragma once

#include <stdint.h>

// Tag: kind in bits 0..7, flags in 8..15, bytes of text in 16..31, a label in 32..63.
#define TAG_KIND(tag)      ((tag)&0xff)
#define TAG_HANDLE         0x100u // w4 is a handle to pass along
#define TAG_TEXT           0x200u // so many bytes of the message page are copied along
#define TAG_TEXT_SHIFT     16
#define TAG_TEXT_SIZE(tag) ((tag) >> TAG_TEXT_SHIFT & 0xffff)
#define TAG_LABEL_SHIFT    32
#define TAG_LABEL(tag)     ((tag) >> TAG_LABEL_SHIFT)

enum message_kind {
    MESSAGE_CALL,     // by a thread, with its label and words
    MESSAGE_FAULT,    // w0 space, w1 va, w2 offset, w3 pc, w4 neighbours
                      // sent by a pager: w1 a window of its own, w2 offset, w3 pages of the window; w0 is filled in
    MESSAGE_NOTIFY,   // w0 the bits that were set since
    MESSAGE_DETACHED, // a region went away: w0 space, w1 va, w2 offset, w3 pages
    MESSAGE_KINDS,
};

// An answer's kind. To a call it is VERDICT_REPLY; a call of kind MESSAGE_FAULT takes MAP and FAIL too.
enum verdict {
    VERDICT_REPLY,
    VERDICT_MAP,     // w0 from (in the pager's space), w1 va, w2 pages, w3 rights
    VERDICT_UNPROT,  // w1 va, w2 pages, w3 rights
    VERDICT_RETRY,   // go on: it has been seen to
    VERDICT_FAIL,    // w0 error: the thread's own handler gets it
    VERDICT_FORWARD, // w0 a handle of another pager's port: the same fault to it
    VERDICT_SKIP,    // w0 new pc, w1 register (1 to 31, 0: none), w2 its value
    VERDICT_KINDS,
};

// The label of a fault message's tag (the whole of it also reaches the thread's own handler).
#define FAULT_ACCESS(label)  ((label)&0x7)          // enum fault_access
#define FAULT_PRESENT        0x400u                 // there was a page,
#define FAULT_RIGHTS(label)  ((label) >> 3 & 0x7)   // granted with these rights
#define FAULT_NESTED(label)  ((label) >> 12 & 0xf)  // upcalls that the thread was in
#define FAULT_ERROR(label)   ((label) >> 16 & 0xff) // enum fault_error; a pager's FAIL code is error FAULT_FAILED + code
#define FAULT_RETRIES(label) ((label) >> 24 & 0xff) // answers since the thread last got further
#define FAULT_RIGHTS_SHIFT   3
#define FAULT_NESTED_SHIFT   12
#define FAULT_ERROR_SHIFT    16
#define FAULT_RETRIES_SHIFT  24

enum fault_access {
    FAULT_READ,
    FAULT_WRITE,
    FAULT_EXECUTE,
    FAULT_EXCEPTION, // not of memory: w1 = stval, w2 = scause
    FAULT_CALL,      // a foreign system call; its number and arguments are in the registers, the pc is behind it
    FAULT_MISUSE,    // a system call that no correct program makes; the pc is at its ecall
};

// Why a fault reaches the thread's own handler, or the exception port.
enum fault_error {
    FAULT_NONE, // nothing is wrong: the region is the thread's own to manage, or the space withheld the right
    FAULT_NO_REGION,
    FAULT_NO_RIGHT,    // more than the region allows
    FAULT_DEAD,        // its pager is gone
    FAULT_LATE,        // its pager did not answer in time
    FAULT_FAILED = 16, // plus the pager's own code, at most 239
};

// The upcall area: one page, pinned. Level n of upcalls saves what it interrupts in level[n].
// The handler starts with a0 = address of that level, a1..a6, t0 as in a fault message, sp as registered (or below the
// interrupted handler's). s0 to s11, gp and tp are live in the registers, not in the level.
struct upcall_registers {
    uint64_t x[31]; // x1 to x31
    uint64_t pc;
};

enum {
    UPCALL_DEPTH = 8,
    UPCALL_LEVELS = UPCALL_DEPTH + 1,
};
