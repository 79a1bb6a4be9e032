// SPDX-License-Identifier: MIT
// Requests to the server `unix`, by the program's threads: with Linux's errors, and so that signals end waiting.
#pragma once

#include <os/unix.h>

struct linux_thread;

// => e.g. -EPIPE
int64_t server_error(enum unix_error error);

// It does not wait. w3 is 0.
enum unix_error server_ask(enum unix_call call, uint64_t text, uint64_t w0, uint64_t w1, uint64_t w2,
                           struct message *answer);
// Its last word is the calling thread's turn. => INTERRUPTED: it is a signal's, and the call's answer EINTR
enum unix_error server_wait(enum unix_call call, uint64_t text, uint64_t w0, uint64_t w1, uint64_t w2,
                            struct message *answer);

// Where the bytes are that a read has got, few or many.
const void *server_bytes(const struct message *answer);

// What a call says before it waits: if a signal comes, it is made again as it was.
void server_may_wait(void);
void server_has_waited(void);

// The calling thread's, for what it asks to be woken by. => 0: there is none
uint64_t server_listener(void);
// A thread that has ended, or will not go on.
void server_unlisten(struct linux_thread *thread);
// Somebody has a signal for it. => false: it does not wait there
bool server_interrupt(const struct linux_thread *thread);
