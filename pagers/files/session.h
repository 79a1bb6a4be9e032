// SPDX-License-Identifier: MIT
// Sessions: what a client has open, and its buffer. A session is an object of the kind `session` behind a region of the
// client: it ends with that, and a fork inherits it.
#pragma once

#include "opened.h"

enum {
    SESSIONS_MOST = 512,
    SESSION_FILES = 1024, // numbers of open files
    SESSION_NAMES = 64,   // bytes
};

struct session {
    uint64_t client;
    struct pager_object *object;
    uint64_t end;                  // of the numbers that are used, or were
    char elsewhere[SESSION_NAMES]; // names of the root directory that are the client's, one after the other, then ""
    uint16_t file[SESSION_FILES];  // 0: unused
};

extern const struct pager_ops kind_session;

// => NULL: the client has none
struct session *session_find(uint64_t client);
// => an error, or the cookie for the region
enum file_error session_begin(uint64_t client, uint64_t space, uint64_t va, const char *names, uint64_t bytes,
                              uint64_t *cookie);

// What is open under a number. => NULL: nothing
struct opened *session_file(const struct session *session, uint64_t number);
// A number for it. => FULL
enum file_error session_add(struct session *session, struct opened *opened, uint64_t *number);
void session_close(struct session *session, uint64_t number);

// Bytes between the session's buffer and ours. => false: there is no memory for it, or it ends before
bool session_put(const struct session *session, uint64_t place, const void *from, uint64_t bytes);
bool session_take(const struct session *session, uint64_t place, void *to, uint64_t bytes);
