// SPDX-License-Identifier: MIT
// What the server `unix` and those who ask it have in common: processes, signals between them, streams.
#pragma once

#include <stdint.h>

enum unix_error {
#define UNIX_ERROR(name, sentence) UNIX_##name,
#include <os/unix_errors.def>
#undef UNIX_ERROR
    UNIX_ERRORS,
};

enum unix_call {
#define UNIX_CALL(name, arguments, results, what) UNIX_CALL_##name,
#include <os/unix_calls.def>
#undef UNIX_CALL
    UNIX_CALLS,
};

// The label of an answer: the caller has something to take.
#define UNIX_TAKE 1u

// Who waits: a listener of the caller's, for the n-th time. n only grows; there are 32 bits of it.
#define UNIX_TURN(listener, n)   ((uint64_t)(listener) << 32 | (uint32_t)(n))
#define UNIX_TURN_LISTENER(turn) ((turn) >> 32)
#define UNIX_TURN_COUNT(turn)    ((uint32_t)(turn))

enum {
    UNIX_TEXT_MOST = 4096, // bytes of a read, or a write
    UNIX_WORDS_MOST = 16,  // so few stand in words, and not in the message page: w2 and w3
    UNIX_STREAMS = 1024,   // that a process can have
    UNIX_NAME = 16,        // with the 0 at its end
    UNIX_SIGNALS = 64,     // numbers 1 to 64; from UNIX_SIGNAL_QUEUED on each that is sent is kept
    UNIX_SIGNAL_QUEUED = 32,
    UNIX_TAKE_MOST = 64, // signals in one answer
};

// Flags of read, write.
#define UNIX_NOW    1u // do not wait
#define UNIX_WHOLE  2u // write: all of it, or NOT_NOW
#define UNIX_ANYWAY 4u // also in the background of a terminal

// With the flags of a write that has no text: so many bytes are in its words.
#define UNIX_IN_WORDS(bytes) ((uint64_t)(bytes) << 32)

// Flags of a stream; with UNIX_NONBLOCK no request waits.
#define UNIX_NONBLOCK 1u
#define UNIX_ASYNC    2u
#define UNIX_EACH     4u // of a counter: a read takes 1 away, else all

// Events: Linux's numbers of poll.
#define UNIX_READABLE 0x001u
#define UNIX_WRITABLE 0x004u
#define UNIX_FAILED   0x008u
#define UNIX_HUNG_UP  0x010u
#define UNIX_HALF     0x2000u // the other side writes no more

// Flags of ready: what this listener asked for before is forgotten.
#define UNIX_AFRESH 1u

// What any kind of stream may know: the requests `control`.
enum unix_control {
    UNIX_CONTROL_kind,      // => value: enum unix_stream_kind
    UNIX_CONTROL_waiting,   // => value: bytes that can be read at once
    UNIX_CONTROL_room,      // => value: bytes that a pipe holds
    UNIX_CONTROL_shut,      // value: 0 reading, 1 writing, 2 both
    UNIX_CONTROL_came,      // => value: how many have opened a fifo's other side
    UNIX_CONTROL_OWN = 256, // a kind's own begin here
};

enum unix_stream_kind { UNIX_KIND_PIPE, UNIX_KIND_PAIR, UNIX_KIND_COUNTER, UNIX_KIND_TERMINAL };

// Flags of children.
#define UNIX_UNWAITED    1u // one that has ended is forgotten at once
#define UNIX_NO_STOPS    2u // no signal when one stops or goes on
#define UNIX_CHILD_QUIET 4u // no signal at all: it would be ignored

// Flags of name.
#define UNIX_EXEC 1u

// Wait: for which, and for what.
enum unix_which { UNIX_ANY, UNIX_NUMBER, UNIX_GROUP };
#define UNIX_WAIT_NOW     1u
#define UNIX_WAIT_STOPPED 2u
#define UNIX_WAIT_ENDED   4u
#define UNIX_WAIT_GONE_ON 8u
#define UNIX_WAIT_KEEP    0x01000000u // it can be waited for again

// A status, as wait4 has it.
#define UNIX_STATUS_EXIT(code)      (((uint32_t)(code)&0xff) << 8)
#define UNIX_STATUS_SIGNAL(signal)  ((uint32_t)(signal))
#define UNIX_STATUS_STOPPED(signal) ((uint32_t)(signal) << 8 | 0x7f)
#define UNIX_STATUS_GONE_ON         0xffffu

// A signal on its way, with what Linux's siginfo says of it.
struct os_unix_signal {
    int32_t signal, code;
    uint32_t process, user; // who sent it, or which child it tells of
    uint32_t thread;        // for whom; 0: any of the process
    int32_t status;         // of a child
    uint64_t value;
    uint64_t user_time, system_time; // of a child
};

enum unix_state { UNIX_RUNS, UNIX_STOPPED, UNIX_ENDED };

// What `look` tells.
struct os_unix_process {
    uint32_t process, parent, group, session;
    uint32_t state, streams; // enum unix_state
    uint32_t terminal;       // its device number; 0: none
    uint32_t foreground;     // group of the terminal; 0: none
    int32_t status;          // of one that has ended
    uint32_t executed;
    uint64_t space;
    uint64_t user_time, system_time; // as it said when it ended
    char name[UNIX_NAME];
};

// => e.g. "NOT_OPEN"; its sentence
const char *unix_error_name(uint64_t error);
const char *unix_error_sentence(uint64_t error);
