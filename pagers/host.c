// SPDX-License-Identifier: MIT
// A host: a server with one or more kinds in it, which its arguments name; disk=NAME: with that behind them.
#include <os/begin.h>
#include <os/print.h>
#include <os/process.h>

#include "kinds.h"
#include "string.h"
#include "swap.h"

#include <stddef.h>

static const struct pager_ops *const known[] = {&kind_anon, &kind_zero, &kind_cow};

enum { KNOWN = sizeof known / sizeof known[0] };

static const struct pager_ops *find(const char *name) {
    for (unsigned i = 0; i < KNOWN; i++) {
        if (string_equal(known[i]->name, name)) return known[i];
    }
    return NULL;
}

// => what stands behind `key` in the word, or NULL
static const char *value_of(const char *word, const char *key) {
    while (*key != '\0' && *word == *key) {
        word++;
        key++;
    }
    return *key == '\0' ? word : NULL;
}

// Without the disk there is as much memory as there is.
static void begin_swap(const char *disk, uint64_t port) {
    uint64_t status = swap_start(disk, port);
    if (status != STATUS_OK)
        os_print("%s: no swap: disk %s cannot be used: %s; what does not fit into memory is refused\n", os_argument(0),
                 disk, os_status_name(status));
}

int main(void) {
    const struct pager_ops *kinds[KNOWN];
    const char *disk = NULL;
    unsigned count = 0;
    for (unsigned i = 1; i < os_argument_count(); i++) {
        if (value_of(os_argument(i), "backing=") != NULL) continue;
        if (value_of(os_argument(i), "disk=") != NULL) {
            disk = value_of(os_argument(i), "disk=");
            continue;
        }
        const struct pager_ops *kind = find(os_argument(i));
        if (kind == NULL || count == KNOWN) {
            os_print("%s: there is no kind %s here: anon, zero and cow are known, once each\n", os_argument(0),
                     os_argument(i));
            return 2;
        }
        kinds[count++] = kind;
    }
    struct result port = os_port_create();
    if (port.status == STATUS_OK && disk != NULL) begin_swap(disk, port.value);
    if (port.status != STATUS_OK || !pager_start(kinds, count, port.value) || os_announce(port.value) != STATUS_OK) {
        os_print("%s: there is no memory to begin with\n", os_argument(0));
        return 1;
    }
    pager_serve();
    return 0;
}
