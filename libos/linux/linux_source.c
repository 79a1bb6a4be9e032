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
#include "linux_open.h"
#include "string.h"

enum { DISK_DEVICE = 0xfe00, IMAGE_DEVICE = 5 };

static uint64_t own_space(void) { return os_space_control(HANDLE_SELF, SPACE_ID, 0, 0).value; }

static uint64_t payment(void) { return os_start->pays != 0 ? PAGER_CLIENT_PAYS : 0; }

// ---- of the file server ----

enum file_error source_session(void) { return place_session() ? FILE_OK : FILE_GONE; }

static enum file_error open_there(struct linux_place *place, void *context) {
    struct linux_source *source = context;
    return os_file_open(place->directory, place->path, FILE_READ, 0, &source->file);
}

static int64_t check_file(struct linux_source *source) {
    struct os_file_stat stat;
    enum file_error error = os_file_stat(source->file, "", 0, &stat);
    source->size = stat.size;
    if (error == FILE_OK && FILE_TYPE(stat.mode) == FILE_TYPE_REGULAR && (stat.mode & 0111) != 0) return 0;
    os_file_close(source->file);
    return error == FILE_OK ? -EACCES : linux_file_error(error);
}

static bool copy_file(const struct linux_source *source, uint64_t offset, uint64_t pages, uint64_t va,
                      struct linux_backing *backing) {
    struct os_object object;
    uint64_t options = PROTECTION_ALL | payment(), number;
    if (os_file_object(&object, source->file, va, offset / PAGE, pages, options, &number) != FILE_OK) return false;
    *backing = (struct linux_backing){.kind = "file",
                                      .pager = object.pager,
                                      .cookie = object.cookie,
                                      .va = va,
                                      .pages = pages,
                                      .first = offset / PAGE,
                                      .number = number,
                                      .origin = origin_take(linux_program_path, DISK_DEVICE, number)};
    return true;
}

// ---- of the boot image ----

static uint64_t cow; // a handle of that kind's port, once it was wanted

void source_forked(void) { cow = 0; }

static uint64_t least(uint64_t one, uint64_t other) { return one < other ? one : other; }

int64_t source_open_image(struct linux_source *source, const char *name) {
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
    *backing =
        (struct linux_backing){.kind = "cow",
                               .pager = cow,
                               .va = va,
                               .pages = pages,
                               .first = offset / PAGE,
                               .origin = origin_take(linux_program_path, IMAGE_DEVICE, source->cookie & UINT32_MAX)};
    return os_pager_ask(cow, PAGER_CALL_fork, word, &backing->cookie) == PAGER_OK;
}

// ---- either ----

// What the path is from the root on, for /proc/self/exe.
static void note_path(const char *path) {
    uint64_t length = 0, more = string_length(path) + 1;
    if (path[0] != '/' && linux_folder_text(linux_program_path, PLACE_PATH) == 0) {
        while (path[0] == '.' && path[1] == '/') path += 2, more -= 2;
        length = string_length(linux_program_path);
        if (length > 1) linux_program_path[length++] = '/';
    }
    if (length + more <= PLACE_PATH) memcpy(linux_program_path + length, path, more);
}

static const char folder[] = "/boot/";

const char *source_image_name(void) { return linux_program_path + sizeof folder - 1; }

static int64_t open_image(struct linux_source *source, const char *name) {
    const char *last = name;
    for (const char *at = name; *at != '\0'; at++)
        if (*at == '/') last = at + 1;
    int64_t error = source_open_image(source, last);
    if (error != 0) return error;
    memcpy(linux_program_path, folder, sizeof folder);
    memcpy(linux_program_path + sizeof folder - 1, last, string_length(last) + 1);
    return 0;
}

int64_t source_open(struct linux_source *source, const char *name) {
    static struct linux_place place; // of one execve at a time
    *source = (struct linux_source){0};
    int64_t error = place_find_text(&place, name, PLACE_FOLLOW);
    if (error == 0) error = place_ask(&place, open_there, source);
    if (error == 0) error = check_file(source);
    if (error == 0) note_path(place.path);
    place_end(&place);
    bool is_bare = true;
    for (const char *at = name; *at != '\0'; at++) is_bare = is_bare && *at != '/';
    // Without a disk all paths lead there.
    bool is_of_image = error == PLACE_MADE || (error == -ENOENT && (is_bare || !place_disk()));
    return is_of_image ? open_image(source, name) : error;
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
    return error == FILE_OK ? (int64_t)done : linux_file_error(error);
}

bool source_copy(struct linux_source *source, uint64_t offset, uint64_t pages, uint64_t va,
                 struct linux_backing *backing) {
    return source->is_of_image ? copy(source, offset, pages, va, backing)
                               : copy_file(source, offset, pages, va, backing);
}
