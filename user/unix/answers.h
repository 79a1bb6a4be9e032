// SPDX-License-Identifier: MIT
// Requests as they come, and answers as they go: at once, or when there is one.
#pragma once

#include <os/unix_protocol.h>
#include <stdbool.h>
#include <stdint.h>

struct record;

extern uint64_t unix_port; // with all rights

// A text stands in the message page, until something is answered.
struct request {
    struct record *asker; // NULL: it has not begun
    uint64_t token, badge;
    const uint64_t *word; // [5]
    uint64_t handle;      // that came along; 0: none. Who keeps it puts 0 here
    uint64_t size;        // of the text
};

struct answer {
    enum unix_error error;
    bool later; // it is parked: nobody answers now
    uint64_t word[4];
    uint64_t size;   // of the text in the message page; 0: none
    uint64_t handle; // to pass along, and close; 0: none
};

// To somebody of this process who was parked. => false: nobody waits for it any more; true: as far as one knows
bool answer_give(const struct record *whom, uint64_t token, const struct answer *answer);

// The same; it is certain at once.
bool answer_give_now(const struct record *whom, uint64_t token, const struct answer *answer);

// A function for each row of <os/unix_calls.def>.
#define UNIX_CALL(name, arguments, results, what) void serve_##name(struct request *request, struct answer *answer);
#include <os/unix_calls.def>
#undef UNIX_CALL
