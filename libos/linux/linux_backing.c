// SPDX-License-Identifier: MIT
// Objects of pagers' own behind areas.
#include "linux_backing.h"

#include <os/attach.h>
#include <os/files.h>
#include <os/process.h>
#include <os/stubs.h>

#include "linux_area.h"
#include "linux_errors.h"
#include "linux_source.h"
#include "string.h"

enum { ORIGINS = 512, KINDS = 8 };

LINUX_HUGE static struct linux_backing backings[AREAS];
static struct link used, unused;
static uint64_t made; // of them, so far
static struct linux_origin origins[ORIGINS];

void backing_start(void) {
    link_init(&used);
    link_init(&unused);
}

// ---- origins ----

struct linux_origin *origin_take(const char *path, uint32_t device, uint64_t inode) {
    struct linux_origin *free = NULL;
    for (struct linux_origin *origin = origins; origin < origins + ORIGINS; origin++) {
        if (origin->uses == 0) {
            if (free == NULL) free = origin;
        } else if (origin->inode == inode && origin->device == device && string_equal(origin->path, path)) {
            origin->uses++;
            return origin;
        }
    }
    if (free == NULL) return NULL;
    uint64_t length = string_length(path);
    if (length >= ORIGIN_PATH) length = ORIGIN_PATH - 1;
    free->uses = 1;
    free->device = device;
    free->inode = inode;
    memcpy(free->path, path, length);
    free->path[length] = '\0';
    return free;
}

void origin_leave(struct linux_origin *origin) {
    if (origin != NULL) origin->uses--;
}

static struct linux_origin *origin_again(struct linux_origin *origin) {
    if (origin != NULL) origin->uses++;
    return origin;
}

// ---- objects ----

struct linux_backing *backing_add(const struct linux_backing *object) {
    struct linux_backing *backing;
    if (!list_empty(&unused)) {
        backing = container_of(unused.next, struct linux_backing, in_use);
        list_take(&backing->in_use);
    } else if (made < AREAS) {
        backing = &backings[made++];
    } else {
        return NULL;
    }
    *backing = *object;
    backing->areas = 1;
    list_add_last(&used, &backing->in_use);
    return backing;
}

void backing_drop(const struct linux_backing *object) {
    const uint64_t word[5] = {object->cookie};
    if (object->kind == NULL) return;
    os_pager_ask(object->pager, PAGER_CALL_detach, word, NULL);
    origin_leave(object->origin);
}

void backing_leave(struct linux_backing *backing) {
    if (--backing->areas > 0) return;
    backing_drop(backing);
    list_take(&backing->in_use);
    list_add_last(&unused, &backing->in_use);
}

static uint64_t own_space(void) { return os_space_control(HANDLE_SELF, SPACE_ID, 0, 0).value; }

// The same pages, or others, of the same file at another place.
static struct linux_backing moved(const struct linux_backing *backing, uint64_t first, uint64_t pages, uint64_t va) {
    struct linux_backing other = *backing;
    other.first = first;
    other.pages = pages;
    other.va = va;
    return other;
}

bool backing_copy(const struct linux_backing *backing, uint64_t first, uint64_t pages, uint64_t va,
                  struct linux_backing *copy) {
    const uint64_t word[5] = {backing->cookie, own_space(), va, first | pages << PAGER_SECOND_SHIFT, 0};
    *copy = moved(backing, backing->first + first, pages, va);
    if (os_pager_ask(backing->pager, PAGER_CALL_fork, word, &copy->cookie) != PAGER_OK) return false;
    copy->origin = origin_again(backing->origin);
    return true;
}

bool backing_extend(const struct linux_backing *backing, uint64_t first, uint64_t pages, uint64_t va,
                    struct linux_backing *more) {
    struct os_object object;
    *more = moved(backing, first, pages, va);
    if (!string_equal(backing->kind, "file") ||
        os_file_object(&object, backing->cookie, va, first, pages, FILE_AS_BEFORE, NULL) != FILE_OK)
        return false;
    more->cookie = object.cookie;
    more->origin = origin_again(backing->origin);
    return true;
}

int64_t backing_share(uint64_t pages, uint64_t va, struct linux_backing *backing) {
    struct os_object object;
    uint64_t number;
    enum file_error error = source_session();
    if (error != FILE_OK) return -ENOSYS;
    error = os_file_object(&object, FILE_ROOT, va, 0, pages, PROTECTION_ALL | FILE_SHARED, &number);
    if (error != FILE_OK) return -ENOMEM;
    *backing = (struct linux_backing){.kind = "file",
                                      .pager = object.pager,
                                      .cookie = object.cookie,
                                      .va = va,
                                      .pages = pages,
                                      .number = number,
                                      .origin = origin_take("/dev/zero (deleted)", 1, number & UINT32_MAX)};
    return 0;
}

// ---- fork ----

uint64_t backing_fork(uint64_t process, uint64_t id,
                      uint64_t (*show)(const struct linux_backing *backing, uint64_t port, uint64_t space),
                      uint64_t space) {
    uint64_t status = STATUS_OK;
    for (struct link *link = used.next; link != &used && status == STATUS_OK; link = link->next) {
        struct linux_backing *backing = container_of(link, struct linux_backing, in_use);
        const uint64_t word[5] = {backing->cookie, id, backing->va, 0, process};
        uint64_t port = os_lookup_shared(backing->kind, process).value;
        if (port == 0 || os_pager_ask(port, PAGER_CALL_fork, word, &backing->copied) != PAGER_OK)
            status = STATUS_NO_MEMORY;
        else
            status = show(backing, port, space);
    }
    return status;
}

void backing_forked(void (*each)(const struct linux_backing *backing)) {
    for (struct link *link = used.next; link != &used; link = link->next) {
        struct linux_backing *backing = container_of(link, struct linux_backing, in_use);
        backing->pager = os_lookup_shared(backing->kind, 0).value;
        backing->cookie = backing->copied;
        each(backing);
    }
}
