// SPDX-License-Identifier: MIT
// A client's side of the file server. Few bytes go in the message page; more go through the session's buffer, which is
// one region of memory that both sides see.
#include <os/files.h>

#include <os/mutex.h>
#include <os/parts.h>
#include <os/process.h>
#include <os/stubs.h>
#include <os/threads.h>

#include "string.h"

enum { PAGE = 4096 };

static struct os_object session; // its cookie is 0 before there is one
static struct os_mutex buffer;   // who has it uses the session's buffer
static char server_name[OS_NAME];

static enum file_error error_of(uint64_t word) {
    return word < FILE_ERRORS ? (enum file_error)word : FILE_BAD_ARGUMENT;
}

// `text` bytes of the message page go along.
static enum file_error ask(uint64_t label, uint64_t text, const uint64_t word[5], struct message *answer) {
    uint64_t tag = MESSAGE_CALL | (label + FILE_CALL_FIRST) << TAG_LABEL_SHIFT;
    if (text != 0) tag |= TAG_TEXT | text << TAG_TEXT_SHIFT;
    *answer = os_call(session.pager, tag, word[0], word[1], word[2], word[3], word[4]);
    return answer->status == STATUS_OK ? error_of(answer->word[0]) : FILE_GONE;
}

static enum file_error ask_only(uint64_t label, uint64_t text, const uint64_t word[5]) {
    struct message answer;
    return ask(label, text, word, &answer);
}

// One path, or two one after the other, with their zero bytes. => how long; 0: longer than a message
static uint64_t put_paths(const char *path, const char *second) {
    uint64_t length = string_length(path) + 1, more = second != NULL ? string_length(second) + 1 : 0;
    if (length > FILE_TEXT_MOST || more > FILE_TEXT_MOST - length) return 0;
    memcpy(os_self()->message, path, length);
    if (second != NULL) memcpy((char *)os_self()->message + length, second, more);
    return length + more;
}

static enum file_error ask_path(uint64_t label, const char *path, const char *second, const uint64_t word[5],
                                struct message *answer) {
    uint64_t text = put_paths(path, second);
    return text != 0 ? ask(label, text, word, answer) : FILE_NAME_TOO_LONG;
}

// ---- the session ----

static enum file_error of_pager(enum pager_error error) {
    return error == PAGER_OK ? FILE_OK : error == PAGER_OUT_OF_MEMORY ? FILE_OUT_OF_MEMORY : FILE_BAD_ARGUMENT;
}

static enum pager_error make_region(const struct os_object *object, uint64_t rights) {
    struct result made =
        os_region(HANDLE_SELF, object->va, object->pages, object->pager, object->cookie, 0, rights & RIGHTS_ACCESS, 0);
    if (made.status == STATUS_OK) return PAGER_OK;
    const uint64_t word[5] = {object->cookie};
    os_pager_ask(object->pager, PAGER_CALL_detach, word, NULL);
    return made.status == STATUS_NO_MEMORY ? PAGER_OUT_OF_MEMORY : PAGER_OUTSIDE;
}

enum file_error os_files_begin(const char *server, uint64_t va) { return os_files_begin_beside(server, va, "", 0); }

enum file_error os_files_begin_beside(const char *server, uint64_t va, const char *names, uint64_t size) {
    if (session.cookie != 0) return FILE_OK;
    struct result handle = os_lookup(server);
    if (handle.status != STATUS_OK || string_length(server) >= OS_NAME) return FILE_GONE;
    memcpy(server_name, server, string_length(server) + 1);
    session = (struct os_object){.pager = handle.value, .va = va, .pages = FILE_BUFFER_PAGES};
    const uint64_t word[5] = {os_space_control(HANDLE_SELF, SPACE_ID, 0, 0).value, va};
    struct message answer;
    memcpy(os_self()->message, names, size);
    enum file_error error = ask(FILE_CALL_begin, size, word, &answer);
    session.cookie = answer.word[1];
    if (error == FILE_OK) error = of_pager(make_region(&session, RIGHT_READ | RIGHT_WRITE));
    if (error != FILE_OK) {
        os_close(session.pager);
        session.cookie = 0;
        return error;
    }
    os_mutex_start(&buffer);
    os_inherit(&session, server_name); // no room for it: then a fork has no files
    return FILE_OK;
}

void os_files_end(void) {
    if (session.cookie == 0) return;
    os_detach(&session);
    os_disinherit(&session);
    os_close(session.pager);
    os_mutex_end(&buffer);
    session.cookie = 0;
}

// ---- data ----

enum file_error os_file_open_as(uint64_t directory, const char *path, uint64_t flags, uint64_t mode,
                                struct os_file_opened *opened) {
    const uint64_t word[5] = {directory, flags, mode};
    struct message answer;
    enum file_error error = ask_path(FILE_CALL_open, path, NULL, word, &answer);
    if (error == FILE_OK)
        *opened = (struct os_file_opened){(uint32_t)answer.word[1], (uint32_t)answer.word[2], answer.word[3]};
    return error;
}

enum file_error os_file_open(uint64_t directory, const char *path, uint64_t flags, uint64_t mode, uint32_t *file) {
    struct os_file_opened opened;
    enum file_error error = os_file_open_as(directory, path, flags, mode, &opened);
    if (error == FILE_OK) *file = opened.file;
    return error;
}

enum file_error os_file_close(uint32_t file) {
    const uint64_t word[5] = {file};
    return ask_only(FILE_CALL_close, 0, word);
}

static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }

static uint64_t copy_here(void *to, const void *from, uint64_t size) {
    memcpy(to, from, size);
    return 0;
}

static enum file_error read_some(uint32_t file, void *to, uint64_t bytes, uint64_t offset, uint64_t *done,
                                 os_file_copy *copy) {
    bool by_buffer = bytes > FILE_TEXT_MOST;
    const uint64_t word[5] = {file, offset, least(bytes, FILE_BUFFER_SIZE), by_buffer ? 0 : FILE_AS_TEXT};
    struct message answer;
    if (by_buffer) os_mutex_lock(&buffer);
    enum file_error error = ask(FILE_CALL_read, 0, word, &answer);
    uint64_t got = error == FILE_OK ? least(answer.word[1], word[2]) : 0;
    uint64_t missed = got != 0 ? copy(to, by_buffer ? (const void *)session.va : os_self()->message, got) : 0;
    if (by_buffer) os_mutex_unlock(&buffer);
    *done = got - missed;
    if (missed == 0) return error;
    uint64_t position; // what was not taken is still to come
    if (offset == FILE_HERE) os_file_seek(file, -(int64_t)missed, FILE_FROM_HERE, &position);
    return FILE_BAD_MEMORY;
}

static enum file_error write_some(uint32_t file, const void *from, uint64_t bytes, uint64_t offset, uint64_t *done,
                                  os_file_copy *copy) {
    bool by_buffer = bytes > FILE_TEXT_MOST;
    uint64_t size = least(bytes, FILE_BUFFER_SIZE);
    struct message answer;
    if (by_buffer) os_mutex_lock(&buffer);
    uint64_t missed = copy(by_buffer ? (void *)session.va : os_self()->message, from, size);
    const uint64_t word[5] = {file, offset, size - missed, by_buffer ? 0 : FILE_AS_TEXT};
    enum file_error error =
        missed != 0 && word[2] == 0 ? FILE_BAD_MEMORY : ask(FILE_CALL_write, by_buffer ? 0 : word[2], word, &answer);
    *done = error == FILE_OK ? least(answer.word[1], word[2]) : 0;
    if (by_buffer) os_mutex_unlock(&buffer);
    return error == FILE_OK && missed != 0 ? FILE_BAD_MEMORY : error;
}

enum file_error os_file_read_by(uint32_t file, void *to, uint64_t bytes, uint64_t offset, uint64_t *done,
                                os_file_copy *copy) {
    enum file_error error = FILE_OK;
    uint64_t some = 0, whole = 0;
    for (*done = 0; *done < bytes && some == whole && error == FILE_OK; *done += some) {
        whole = least(bytes - *done, FILE_BUFFER_SIZE);
        error = read_some(file, (char *)to + *done, whole, offset == FILE_HERE ? offset : offset + *done, &some, copy);
    }
    return *done > 0 ? FILE_OK : error;
}

enum file_error os_file_write_by(uint32_t file, const void *from, uint64_t bytes, uint64_t offset, uint64_t *done,
                                 os_file_copy *copy) {
    enum file_error error = FILE_OK;
    uint64_t some = 0, whole = 0;
    for (*done = 0; *done < bytes && some == whole && error == FILE_OK; *done += some) {
        whole = least(bytes - *done, FILE_BUFFER_SIZE);
        error = write_some(file, (const char *)from + *done, whole, offset == FILE_HERE ? offset : offset + *done,
                           &some, copy);
    }
    return *done > 0 ? FILE_OK : error;
}

enum file_error os_file_read(uint32_t file, void *to, uint64_t bytes, uint64_t offset, uint64_t *done) {
    return os_file_read_by(file, to, bytes, offset, done, copy_here);
}

enum file_error os_file_write(uint32_t file, const void *from, uint64_t bytes, uint64_t offset, uint64_t *done) {
    return os_file_write_by(file, from, bytes, offset, done, copy_here);
}

enum file_error os_file_seek(uint32_t file, int64_t offset, enum file_from from, uint64_t *position) {
    const uint64_t word[5] = {file, (uint64_t)offset, from};
    struct message answer;
    enum file_error error = ask(FILE_CALL_seek, 0, word, &answer);
    if (error == FILE_OK) *position = answer.word[1];
    return error;
}

enum file_error os_file_list(uint32_t file, void *to, uint64_t bytes, uint64_t *done) {
    const uint64_t word[5] = {file, least(bytes, FILE_TEXT_MOST)};
    struct message answer;
    enum file_error error = ask(FILE_CALL_list, 0, word, &answer);
    *done = error == FILE_OK ? least(answer.word[1], word[1]) : 0;
    memcpy(to, os_self()->message, *done);
    return error;
}

enum file_error os_file_truncate(uint32_t file, uint64_t size) {
    const uint64_t word[5] = {file, size};
    return ask_only(FILE_CALL_truncate, 0, word);
}

enum file_error os_file_sync(uint64_t file, uint64_t flags) {
    const uint64_t word[5] = {file, flags};
    return ask_only(FILE_CALL_sync, 0, word);
}

// ---- names ----

enum file_error os_file_stat(uint64_t directory, const char *path, uint64_t flags, struct os_file_stat *stat) {
    const uint64_t word[5] = {directory, flags};
    struct message answer;
    enum file_error error = ask_path(FILE_CALL_stat, path, NULL, word, &answer);
    if (error == FILE_OK) memcpy(stat, os_self()->message, sizeof *stat);
    return error;
}

enum file_error os_file_change(uint64_t directory, const char *path, uint64_t what, uint64_t value, uint64_t second) {
    const uint64_t word[5] = {directory, what, value, second};
    struct message answer;
    return ask_path(FILE_CALL_change, path, NULL, word, &answer);
}

enum file_error os_file_make(uint64_t directory, const char *path, uint64_t mode, uint64_t device) {
    const uint64_t word[5] = {directory, mode, device};
    struct message answer;
    return ask_path(FILE_CALL_make, path, NULL, word, &answer);
}

enum file_error os_file_link(uint64_t directory, const char *path, uint64_t to, const char *name, uint64_t flags) {
    const uint64_t word[5] = {directory, to, flags};
    struct message answer;
    return ask_path(FILE_CALL_link, path, name, word, &answer);
}

enum file_error os_file_symlink(uint64_t directory, const char *path, const char *target) {
    const uint64_t word[5] = {directory};
    struct message answer;
    return ask_path(FILE_CALL_symlink, target, path, word, &answer);
}

enum file_error os_file_readlink(uint64_t directory, const char *path, char *text, uint64_t size, uint64_t *length) {
    const uint64_t word[5] = {directory};
    struct message answer;
    enum file_error error = ask_path(FILE_CALL_readlink, path, NULL, word, &answer);
    *length = error == FILE_OK ? least(least(answer.word[1], FILE_TEXT_MOST), size) : 0;
    memcpy(text, os_self()->message, *length);
    return error;
}

enum file_error os_file_rename(uint64_t directory, const char *path, uint64_t to, const char *name, uint64_t flags) {
    const uint64_t word[5] = {directory, to, flags};
    struct message answer;
    return ask_path(FILE_CALL_rename, path, name, word, &answer);
}

enum file_error os_file_remove(uint64_t directory, const char *path, uint64_t flags) {
    const uint64_t word[5] = {directory, flags};
    struct message answer;
    return ask_path(FILE_CALL_remove, path, NULL, word, &answer);
}

enum file_error os_file_set_flags(uint32_t file, uint64_t flags) {
    const uint64_t word[5] = {file, flags};
    return ask_only(FILE_CALL_flags, 0, word);
}

enum file_error os_file_where(uint64_t directory, char *text, uint64_t size) {
    const uint64_t word[5] = {directory};
    enum file_error error = ask_only(FILE_CALL_where, 0, word);
    if (error != FILE_OK) return error;
    uint64_t length = string_length(os_self()->message) + 1;
    if (length > size) return FILE_NAME_TOO_LONG;
    memcpy(text, os_self()->message, length);
    return FILE_OK;
}

enum file_error os_file_lock(uint32_t file, uint64_t what, uint64_t first, uint64_t last, struct os_file_lock *other) {
    const uint64_t word[5] = {file, what, first, last};
    struct message answer;
    enum file_error error = ask(FILE_CALL_lock, 0, word, &answer);
    *other = (struct os_file_lock){answer.word[1] >> 1, answer.word[2], answer.word[3], (answer.word[1] & 1) != 0};
    return error;
}

const char *os_file_rest(void) { return os_self()->message; }

enum file_error os_file_space(struct os_file_space *space) {
    const uint64_t word[5] = {0};
    enum file_error error = ask_only(FILE_CALL_space, 0, word);
    if (error == FILE_OK) memcpy(space, os_self()->message, sizeof *space);
    return error;
}

enum file_error os_file_counters(struct os_file_counters *counters) {
    const uint64_t word[5] = {0};
    enum file_error error = ask_only(FILE_CALL_counters, 0, word);
    if (error == FILE_OK) memcpy(counters, os_self()->message, sizeof *counters);
    return error;
}

// ---- of memory alone ----

enum file_error os_file_memory(const char *name, uint64_t flags, uint64_t mode, uint64_t size, uint64_t *number,
                               uint32_t *file) {
    const uint64_t word[5] = {flags, mode, *number, size};
    struct message answer;
    enum file_error error = ask_path(FILE_CALL_memory, name, NULL, word, &answer);
    if (error != FILE_OK) return error;
    *file = (uint32_t)answer.word[1];
    *number = answer.word[2];
    return FILE_OK;
}

enum file_error os_file_unname(uint64_t number, const char *name) {
    const uint64_t word[5] = {number};
    struct message answer;
    return ask_path(FILE_CALL_unname, name, NULL, word, &answer);
}

enum file_error os_file_names(uint64_t *number, void *to, uint64_t bytes, uint64_t *done) {
    const uint64_t word[5] = {*number, least(bytes, FILE_TEXT_MOST)};
    struct message answer;
    enum file_error error = ask(FILE_CALL_names, 0, word, &answer);
    *done = error == FILE_OK ? least(answer.word[1], word[1]) : 0;
    memcpy(to, os_self()->message, *done);
    for (uint64_t at = 0; at < *done; at += ((const struct os_file_entry *)(const void *)((char *)to + at))->size)
        *number = ((const struct os_file_entry *)(const void *)((char *)to + at))->next;
    return error;
}

enum file_error os_file_seal(uint32_t file, uint64_t seals, uint64_t *sealed) {
    const uint64_t word[5] = {file, seals};
    struct message answer;
    enum file_error error = ask(FILE_CALL_seal, 0, word, &answer);
    if (error == FILE_OK) *sealed = answer.word[1];
    return error;
}

// ---- mappings ----

enum file_error os_file_object(struct os_object *object, uint64_t file, uint64_t va, uint64_t first, uint64_t pages,
                               uint64_t options, uint64_t *number) {
    const uint64_t word[5] = {file, va, first, pages, os_space_control(HANDLE_SELF, SPACE_ID, 0, 0).value};
    struct message answer;
    *object = (struct os_object){.pager = session.pager, .va = va, .pages = pages};
    enum file_error error = ask(FILE_CALL_map | options << PAGER_OPTIONS_SHIFT, 0, word, &answer);
    object->cookie = answer.word[1];
    if (number != NULL) *number = answer.word[2];
    return error;
}

enum file_error os_file_map(struct os_object *object, uint32_t file, uint64_t va, uint64_t first, uint64_t pages,
                            uint64_t options) {
    enum file_error error = os_file_object(object, file, va, first, pages, options, NULL);
    return error == FILE_OK ? of_pager(make_region(object, options)) : error;
}

enum file_error os_file_map_sync(const struct os_object *object, uint64_t first, uint64_t pages) {
    const uint64_t word[5] = {object->cookie, first, pages};
    return ask_only(FILE_CALL_flush, 0, word);
}
