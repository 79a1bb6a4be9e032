// SPDX-License-Identifier: MIT
// A client's side of a pager.
#include <os/attach.h>

#include <os/ranges.h>
#include <os/stubs.h>
#include <os/threads.h>
#include <stddef.h>

#include "pager_here.h"
#include "string.h"

pager_here_request *os_here_request;

static uint64_t own_id(uint64_t pager) {
    return pager == OS_HERE ? 0 : os_space_control(HANDLE_SELF, SPACE_ID, 0, 0).value;
}

static enum pager_error ask(uint64_t pager, uint64_t tag, const uint64_t word[5], uint64_t *value, uint64_t *handle) {
    uint64_t error;
    if (pager == OS_HERE) {
        struct pager_request request = {.label = TAG_LABEL(tag), .handle = word[4]};
        memcpy(request.word, word, sizeof request.word);
        if (os_here_request == NULL) return PAGER_NO_KIND;
        struct pager_answer answer = os_here_request(&request);
        error = answer.error;
        *value = answer.value;
    } else {
        struct message answer = os_call(pager, tag, word[0], word[1], word[2], word[3], word[4]);
        error = answer.status == STATUS_OK ? answer.word[0] : PAGER_NO_OBJECT;
        *value = answer.word[1];
        if (answer.status == STATUS_OK && (answer.tag & TAG_HANDLE) != 0) *handle = answer.handle;
    }
    return error < PAGER_ERRORS ? (enum pager_error)error : PAGER_BAD_ARGUMENT;
}

enum pager_error os_pager_ask(uint64_t pager, uint64_t label, const uint64_t word[5], uint64_t *value) {
    uint64_t ignored, handle = 0;
    enum pager_error error =
        ask(pager, MESSAGE_CALL | label << TAG_LABEL_SHIFT, word, value != NULL ? value : &ignored, &handle);
    if (handle != 0) os_close(handle);
    return error;
}

static enum pager_error make_region(const struct os_object *object, uint64_t rights, uint64_t fallback) {
    uint64_t port = object->pager == OS_HERE ? REGION_SELF : object->pager;
    struct result result = os_region_range(HANDLE_SELF, object->va, object->pages, port, object->cookie, 0,
                                           rights & RIGHTS_ACCESS, fallback);
    if (result.status == STATUS_OK) return PAGER_OK;
    const uint64_t word[5] = {object->cookie};
    os_pager_ask(object->pager, PAGER_CALL_detach, word, NULL);
    return result.status == STATUS_NO_MEMORY ? PAGER_OUT_OF_MEMORY : PAGER_OUTSIDE;
}

enum pager_error os_attach(struct os_object *object, uint64_t pager, const char *kind, uint64_t va, uint64_t pages,
                           uint64_t options, uint64_t source) {
    return os_attach_with(object, pager, kind, va, pages, options, source, 0);
}

enum pager_error os_attach_with(struct os_object *object, uint64_t pager, const char *kind, uint64_t va, uint64_t pages,
                                uint64_t options, uint64_t source, uint64_t fallback) {
    const uint64_t word[5] = {pager_kind(kind), own_id(pager), va, pages, source};
    uint64_t label = PAGER_CALL_attach | options << PAGER_OPTIONS_SHIFT;
    *object = (struct os_object){.pager = pager, .va = va, .pages = pages};
    uint64_t tag = MESSAGE_CALL | (source != 0 ? TAG_HANDLE : 0) | label << TAG_LABEL_SHIFT;
    enum pager_error error = ask(pager, tag, word, &object->cookie, &object->window);
    if ((options & PAGER_WINDOW) != 0) return error;
    return error == PAGER_OK ? make_region(object, options, fallback) : error;
}

enum pager_error os_detach(const struct os_object *object) {
    const uint64_t word[5] = {object->cookie};
    enum pager_error error = os_pager_ask(object->pager, PAGER_CALL_detach, word, NULL);
    if (object->window != 0)
        os_close(object->window);
    else
        os_region_range(HANDLE_SELF, object->va, object->pages, REGION_REMOVE, 0, 0, 0, 0);
    return error;
}

enum pager_error os_snapshot(const struct os_object *object, uint64_t va, struct os_object *copy) {
    const uint64_t word[5] = {object->cookie, own_id(object->pager), va, 0, 0};
    *copy = (struct os_object){.pager = object->pager, .va = va, .pages = object->pages};
    enum pager_error error = os_pager_ask(object->pager, PAGER_CALL_fork, word, &copy->cookie);
    return error == PAGER_OK ? make_region(copy, RIGHTS_ACCESS, 0) : error;
}

enum pager_error os_resize(const struct os_object *object, int64_t change, uint64_t *pages) {
    const uint64_t word[5] = {object->cookie, (uint64_t)change};
    return os_pager_ask(object->pager, PAGER_CALL_resize, word, pages);
}

enum pager_error os_discard(const struct os_object *object, uint64_t first, uint64_t pages) {
    const uint64_t word[5] = {object->cookie, first, pages};
    return os_pager_ask(object->pager, PAGER_CALL_discard, word, NULL);
}

enum pager_error os_pager_stat(uint64_t pager, uint64_t cookie, struct pager_stat *stat) {
    const uint64_t word[5] = {cookie};
    enum pager_error error = os_pager_ask(pager, PAGER_CALL_stat, word, NULL);
    if (error == PAGER_OK) *stat = *(const struct pager_stat *)os_self()->message;
    return error;
}
