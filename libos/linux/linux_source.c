// SPDX-License-Identifier: MIT
// Executables of the boot image: init shows their pages, kind cow makes private memory of them.
#include "linux_source.h"

#include <os/arena.h>
#include <os/attach.h>
#include <os/process.h>
#include <os/stubs.h>
#include <os/threads.h>

#include "linux_errors.h"
#include "string.h"

static uint64_t least(uint64_t one, uint64_t other) { return one < other ? one : other; }

int64_t source_open(struct linux_source *source, const char *name) {
    size_t length = string_length(name) + 1;
    if (length > MESSAGE_PAGE_SIZE) return -ENOENT;
    memcpy(os_self()->message, name, length);
    uint64_t tag = MESSAGE_CALL | TAG_TEXT | length << TAG_TEXT_SHIFT | (uint64_t)OS_INIT_file << TAG_LABEL_SHIFT;
    struct message answer = os_call(OS_SLOT_INIT, tag, 0, 0, 0, 0, 0);
    if (answer.status != STATUS_OK || answer.word[0] != STATUS_OK) return -ENOENT;
    *source = (struct linux_source){.handle = answer.handle, .size = answer.word[1]};
    return 0;
}

void source_close(struct linux_source *source) {
    const uint64_t word[5] = {source->cookie};
    if (source->cookie != 0) os_pager_ask(source->pager, PAGER_CALL_detach, word, NULL);
    if (source->pager != 0) os_close(source->pager);
    os_close(source->handle);
}

int64_t source_read(const struct linux_source *source, uint64_t offset, void *to, uint64_t size) {
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
    uint64_t space = os_space_control(HANDLE_SELF, SPACE_ID, 0, 0).value, pages = (source->size + PAGE - 1) / PAGE;
    uint64_t options = PROTECTION_ALL | (os_start->pays != 0 ? PAGER_CLIENT_PAYS : 0);
    uint64_t tag = MESSAGE_CALL | TAG_HANDLE | (PAGER_CALL_attach | options << PAGER_OPTIONS_SHIFT) << TAG_LABEL_SHIFT;
    struct result found = os_lookup(kind);
    if (found.status != STATUS_OK) return false;
    source->pager = found.value;
    struct message answer = os_call(source->pager, tag, pager_kind(kind), space, PAGE, pages, source->handle);
    if (answer.status != STATUS_OK || answer.word[0] != PAGER_OK) return false;
    source->cookie = answer.word[1];
    return true;
}

bool source_copy(struct linux_source *source, uint64_t offset, uint64_t pages, uint64_t va,
                 struct linux_backing *backing) {
    if (source->cookie == 0 && !attach(source)) return false;
    const uint64_t word[5] = {source->cookie, os_space_control(HANDLE_SELF, SPACE_ID, 0, 0).value, va,
                              offset / PAGE | pages << PAGER_SECOND_SHIFT, 0};
    *backing = (struct linux_backing){.pager = os_lookup("cow").value, .va = va, .pages = pages};
    return os_pager_ask(source->pager, PAGER_CALL_fork, word, &backing->cookie) == PAGER_OK;
}
