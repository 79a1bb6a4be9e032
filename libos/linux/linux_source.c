// SPDX-License-Identifier: MIT
// Executables. Of the file server: their pages come by fault from its cache. Of the boot image: init shows their pages,
// kind cow makes private memory of them.
#include "linux_source.h"

#include <os/arena.h>
#include <os/attach.h>
#include <os/process.h>
#include <os/stubs.h>
#include <os/threads.h>

#include "linux_errors.h"
#include "string.h"

#define FILES (LINUX_END + 0xc0000000) // the session's buffer

static uint64_t own_space(void) { return os_space_control(HANDLE_SELF, SPACE_ID, 0, 0).value; }

static uint64_t payment(void) { return os_start->pays != 0 ? PAGER_CLIENT_PAYS : 0; }

// ---- of the file server ----

static int64_t error_of(enum file_error error) {
    switch ((int)error) {
    case FILE_OK:
        return 0;
    case FILE_NOT_FOUND:
    case FILE_GONE:
        return -ENOENT;
    case FILE_NOT_DIRECTORY:
        return -ENOTDIR;
    case FILE_LOOP:
        return -ELOOP;
    case FILE_NAME_TOO_LONG:
        return -ENAMETOOLONG;
    case FILE_OUT_OF_MEMORY:
        return -ENOMEM;
    default:
        return -EIO;
    }
}

enum file_error source_session(void) { return os_files_begin("file", FILES); }

static int64_t open_file(struct linux_source *source, const char *name) {
    struct os_file_stat stat;
    enum file_error error = source_session();
    if (error == FILE_OK) error = os_file_open(FILE_ROOT, name, FILE_READ, 0, &source->file);
    if (error != FILE_OK) return error_of(error);
    error = os_file_stat(source->file, "", 0, &stat);
    source->size = stat.size;
    if (error == FILE_OK && FILE_TYPE(stat.mode) == FILE_TYPE_REGULAR && (stat.mode & 0111) != 0) return 0;
    os_file_close(source->file);
    return error == FILE_OK ? -EACCES : error_of(error);
}

static bool copy_file(const struct linux_source *source, uint64_t offset, uint64_t pages, uint64_t va,
                      struct linux_backing *backing) {
    struct os_object object;
    if (os_file_object(&object, source->file, va, offset / PAGE, pages, PROTECTION_ALL | payment(), NULL) != FILE_OK)
        return false;
    *backing = (struct linux_backing){
        .kind = "file", .pager = object.pager, .cookie = object.cookie, .va = va, .pages = pages};
    return true;
}

// ---- of the boot image ----

static uint64_t cow; // a handle of that kind's port, once it was wanted

void source_forked(void) { cow = 0; }

static uint64_t least(uint64_t one, uint64_t other) { return one < other ? one : other; }

static int64_t find_file(struct linux_source *source, const char *name) {
    size_t length = string_length(name) + 1;
    if (length > MESSAGE_PAGE_SIZE) return -ENOENT;
    memcpy(os_self()->message, name, length);
    uint64_t tag = MESSAGE_CALL | TAG_TEXT | length << TAG_TEXT_SHIFT | (uint64_t)OS_INIT_file << TAG_LABEL_SHIFT;
    struct message answer = os_call(OS_SLOT_INIT, tag, 0, 0, 0, 0, 0);
    if (answer.status != STATUS_OK || answer.word[0] != STATUS_OK) return -ENOENT;
    *source = (struct linux_source){.is_of_image = true, .handle = answer.handle, .size = answer.word[1]};
    return 0;
}

static void leave(const struct linux_source *source) {
    const uint64_t word[5] = {source->cookie};
    if (source->cookie != 0) os_pager_ask(cow, PAGER_CALL_detach, word, NULL);
    os_close(source->handle);
}

static int64_t read(const struct linux_source *source, uint64_t offset, void *to, uint64_t size) {
    uint64_t window = os_range_take(1, 1), done = 0, tag = MESSAGE_FAULT | (uint64_t)FAULT_READ << TAG_LABEL_SHIFT;
    if (window == 0) return -ENOMEM;
    if (offset > source->size) size = 0;
    if (size != 0) size = least(size, source->size - offset);
    while (done < size) {
        uint64_t at = (offset + done) % PAGE, some = least(size - done, PAGE - at);
        struct message answer = os_call(source->handle, tag, 0, window, offset + done - at, 1, 0);
        if (answer.status != STATUS_OK) break;
        memcpy((char *)to + done, (const char *)window + at, some);
        os_unmap(0, window, 1);
        done += some;
    }
    os_range_give(window, 1);
    return done == size ? (int64_t)done : -EIO;
}

static bool attach(struct linux_source *source) {
    static const char kind[] = "cow";
    uint64_t pages = (source->size + PAGE - 1) / PAGE, options = PROTECTION_ALL | payment();
    uint64_t tag = MESSAGE_CALL | TAG_HANDLE | (PAGER_CALL_attach | options << PAGER_OPTIONS_SHIFT) << TAG_LABEL_SHIFT;
    if (cow == 0) cow = os_lookup(kind).value;
    if (cow == 0) return false;
    struct message answer = os_call(cow, tag, pager_kind(kind), own_space(), PAGE, pages, source->handle);
    if (answer.status != STATUS_OK || answer.word[0] != PAGER_OK) return false;
    source->cookie = answer.word[1];
    return true;
}

static bool copy(struct linux_source *source, uint64_t offset, uint64_t pages, uint64_t va,
                 struct linux_backing *backing) {
    if (source->cookie == 0 && !attach(source)) return false;
    const uint64_t word[5] = {source->cookie, own_space(), va, offset / PAGE | pages << PAGER_SECOND_SHIFT, 0};
    *backing = (struct linux_backing){.kind = "cow", .pager = cow, .va = va, .pages = pages};
    return os_pager_ask(cow, PAGER_CALL_fork, word, &backing->cookie) == PAGER_OK;
}

// ---- either ----

int64_t source_open(struct linux_source *source, const char *name) {
    return name[0] == '/' ? open_file(source, name) : find_file(source, name);
}

void source_close(struct linux_source *source) {
    if (source->is_of_image)
        leave(source);
    else
        os_file_close(source->file);
}

int64_t source_read(const struct linux_source *source, uint64_t offset, void *to, uint64_t size) {
    uint64_t done = 0;
    if (source->is_of_image) return read(source, offset, to, size);
    enum file_error error = os_file_read(source->file, to, size, offset, &done);
    return error == FILE_OK ? (int64_t)done : error_of(error);
}

bool source_copy(struct linux_source *source, uint64_t offset, uint64_t pages, uint64_t va,
                 struct linux_backing *backing) {
    return source->is_of_image ? copy(source, offset, pages, va, backing)
                               : copy_file(source, offset, pages, va, backing);
}
