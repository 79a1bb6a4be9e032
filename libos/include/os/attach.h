// SPDX-License-Identifier: MIT
// A client's side of a pager: memory of a kind, for a range of one's own addresses.
#pragma once

#include <os/pager_protocol.h>
#include <stdint.h>

// In place of a pager's handle: the pager in the process itself (pager_here_start() in <os/pager.h>).
#define OS_HERE UINT32_MAX

// A region and the object behind it.
struct os_object {
    uint64_t pager; // handle of its port, with the right to send, or OS_HERE
    uint64_t cookie;
    uint64_t va, pages;
    uint64_t window; // with PAGER_WINDOW: a handle for calls of kind MESSAGE_FAULT; there is no region then
};

// options: rights and those of <os/pager_protocol.h>. source: a handle that the kind asks for, or 0
// => PAGER_OK, or why not; PAGER_OUTSIDE also when there is a region already
enum pager_error os_attach(struct os_object *object, uint64_t pager, const char *kind, uint64_t va, uint64_t pages,
                           uint64_t options, uint64_t source);
// fallback: a handle of a port where faults go when the pager is dead, or 0
enum pager_error os_attach_with(struct os_object *object, uint64_t pager, const char *kind, uint64_t va, uint64_t pages,
                                uint64_t options, uint64_t source, uint64_t fallback);
// The region and the object go.
enum pager_error os_detach(const struct os_object *object);

// A copy of the object for another range of one's own space, of the same size.
enum pager_error os_snapshot(const struct os_object *object, uint64_t va, struct os_object *copy);

enum pager_error os_resize(const struct os_object *object, int64_t change, uint64_t *pages);
enum pager_error os_discard(const struct os_object *object, uint64_t first, uint64_t pages);
// cookie 0: of the whole pager
enum pager_error os_pager_stat(uint64_t pager, uint64_t cookie, struct pager_stat *stat);

// Any request. => the error; the result, if there is one, in *value
enum pager_error os_pager_ask(uint64_t pager, uint64_t label, const uint64_t word[5], uint64_t *value);
