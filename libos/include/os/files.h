// SPDX-License-Identifier: MIT
// Files, for native programs: requests to the file server (<os/file_protocol.h>).
#pragma once

#include <os/attach.h>
#include <os/file_protocol.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Where the session's buffer is, unless one says otherwise.
#define OS_FILES 0x2800000000ul

// Begins a session with the server of this name (or that hosts this kind), with its buffer at `va`. Again: nothing.
// A fork inherits it: the same files are open under the same numbers, and have one position for both.
enum file_error os_files_begin(const char *server, uint64_t va);

// The same, and whoever asks for one of these names of the root directory, each with its 0, is told ELSEWHERE: then
// os_file_rest() is the rest of the path, from that name on, until the next request.
enum file_error os_files_begin_beside(const char *server, uint64_t va, const char *names, uint64_t size);
const char *os_file_rest(void);

// Ends the session, and with it all that is open.
void os_files_end(void);

// `directory`: FILE_ROOT, or a file that is open. => the error; the file's number
enum file_error os_file_open(uint64_t directory, const char *path, uint64_t flags, uint64_t mode, uint32_t *file);
struct os_file_opened {
    uint32_t file, mode;
    uint64_t size;
};
enum file_error os_file_open_as(uint64_t directory, const char *path, uint64_t flags, uint64_t mode,
                                struct os_file_opened *opened);
enum file_error os_file_close(uint32_t file);

// offset FILE_HERE: where the last one ended. Less than `bytes` are done at the file's end, or before an error: *done
enum file_error os_file_read(uint32_t file, void *to, uint64_t bytes, uint64_t offset, uint64_t *done);
enum file_error os_file_write(uint32_t file, const void *from, uint64_t bytes, uint64_t offset, uint64_t *done);

// The same to and from memory that perhaps is not there; copy: => bytes that could not be copied, BAD_MEMORY then.
typedef uint64_t os_file_copy(void *to, const void *from, uint64_t size);
enum file_error os_file_read_by(uint32_t file, void *to, uint64_t bytes, uint64_t offset, uint64_t *done,
                                os_file_copy *copy);
enum file_error os_file_write_by(uint32_t file, const void *from, uint64_t bytes, uint64_t offset, uint64_t *done,
                                 os_file_copy *copy);
enum file_error os_file_seek(uint32_t file, int64_t offset, enum file_from from, uint64_t *position);
// The next entries of a directory, into at most FILE_TEXT_MOST bytes. *done: 0 at the end
enum file_error os_file_list(uint32_t file, void *to, uint64_t bytes, uint64_t *done);

enum file_error os_file_stat(uint64_t directory, const char *path, uint64_t flags, struct os_file_stat *stat);
enum file_error os_file_change(uint64_t directory, const char *path, uint64_t what, uint64_t value, uint64_t second);
enum file_error os_file_make(uint64_t directory, const char *path, uint64_t mode, uint64_t device);
enum file_error os_file_link(uint64_t directory, const char *path, uint64_t to, const char *name, uint64_t flags);
enum file_error os_file_symlink(uint64_t directory, const char *path, const char *target);
// => the text without a 0 at its end, cut at `size` bytes
enum file_error os_file_readlink(uint64_t directory, const char *path, char *text, uint64_t size, uint64_t *length);
enum file_error os_file_rename(uint64_t directory, const char *path, uint64_t to, const char *name, uint64_t flags);
enum file_error os_file_remove(uint64_t directory, const char *path, uint64_t flags);
enum file_error os_file_truncate(uint32_t file, uint64_t size);
enum file_error os_file_sync(uint64_t file, uint64_t flags);
// FILE_APPEND and FILE_SYNC are as these from now on.
enum file_error os_file_set_flags(uint32_t file, uint64_t flags);
// How a directory is called now. NOT_FOUND: it has been removed
enum file_error os_file_where(uint64_t directory, char *text, uint64_t size);
// what: FILE_LOCK_...; of bytes first to last. => BUSY: who is in the way; `process` 0: an open file
struct os_file_lock {
    uint64_t process, first, last;
    bool exclusive;
};
enum file_error os_file_lock(uint32_t file, uint64_t what, uint64_t first, uint64_t last, struct os_file_lock *other);
enum file_error os_file_space(struct os_file_space *space);
enum file_error os_file_counters(struct os_file_counters *counters);

// A file of memory alone; `size`: of a new one. A name makes it last until it has that no more; an empty one is
// nobody's. *number: 0, or by which it was told before; then by which it is.
enum file_error os_file_memory(const char *name, uint64_t flags, uint64_t mode, uint64_t size, uint64_t *number,
                               uint32_t *file);
// By its number, or (0) by its name.
enum file_error os_file_unname(uint64_t number, const char *name);
// Those that have a name, from `number` on, which goes on by that: struct os_file_entry. *done: 0 at the end
enum file_error os_file_names(uint64_t *number, void *to, uint64_t bytes, uint64_t *done);
// FILE_SEAL_...: more of them. *sealed: all that there are
enum file_error os_file_seal(uint32_t file, uint64_t seals, uint64_t *sealed);

// A region that shows the file's pages from page `first` on. options: rights, those that a pager takes, and
// FILE_SHARED: what is written reaches the file. An access behind the file's end fails with PAGER_OUTSIDE, what the
// disk cannot read with PAGER_IO_ERROR, a write that finds no room on it with PAGER_NO_ROOM.
enum file_error os_file_map(struct os_object *object, uint32_t file, uint64_t va, uint64_t first, uint64_t pages,
                            uint64_t options);
// The object alone, for whoever makes the region, or several of them. `file`: also the cookie of another mapping, or
// FILE_ROOT for a new file of memory alone. *number: of the file; NULL: not wanted
enum file_error os_file_object(struct os_object *object, uint64_t file, uint64_t va, uint64_t first, uint64_t pages,
                               uint64_t options, uint64_t *number);
// What was written there is on the disk. The mapping itself ends by os_detach().
enum file_error os_file_map_sync(const struct os_object *object, uint64_t first, uint64_t pages);
