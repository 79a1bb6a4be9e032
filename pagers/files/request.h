// SPDX-License-Identifier: MIT
// A request to the file server, and its answer.
#pragma once

#include "session.h"
#include "task.h"

typedef void request_handler(struct task *task);

// One for each row of <os/file_calls.def> that may have to wait; called as a task.
request_handler request_open, request_read, request_write, request_seek, request_list, request_stat, request_change,
    request_make, request_link, request_symlink, request_readlink, request_rename, request_remove, request_truncate,
    request_sync, request_space, request_flush, request_memory, request_unname, request_names, request_seal,
    request_where;

// The client's number.
static inline uint64_t request_client(const struct task *task) { return task->request.badge & UINT32_MAX; }

// The open file that word 0 names, with one more user. => NULL: there is none, and that was answered
struct opened *request_file(const struct task *task);
// The inode that a word names, where a path begins. => 0: there is none, and that was answered
uint32_t request_directory(const struct task *task, uint64_t word);
// The file of memory alone that word 0 names, when the path is empty. => NULL
struct node *request_memory_file(const struct task *task);
// The texts of a request, each with its 0. => false: there are not so many, and that was answered
bool request_texts(const struct task *task, const char **first, const char **second);

void request_error(const struct task *task, enum file_error error);
void request_words(const struct task *task, uint64_t first, uint64_t second, uint64_t third);
// The asker has the node open, which we hold: it is answered with its number, `what`, and its size.
void request_opened(const struct task *task, struct node *node, uint64_t flags, uint64_t what);
// With a text that is in the task's.
void request_text(const struct task *task, uint64_t word, uint64_t bytes);

// Of all files' requests; what the framework asks (struct pager_ops).
bool request_take(const struct message *message);
// What can be answered at once. => false: it cannot
bool request_read_now(const struct message *message, struct opened *opened);
