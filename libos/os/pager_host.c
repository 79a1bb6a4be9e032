// SPDX-License-Identifier: MIT
// A host of a few kinds: all that a pager's main() has to do.
#include <os/pager.h>

#include <os/print.h>
#include <os/process.h>

int pager_host(const struct pager_ops *const *kinds, unsigned count) {
    struct result port = os_port_create();
    uint64_t status = port.status;
    if (status == STATUS_OK && !pager_start(kinds, count, port.value)) status = STATUS_NO_MEMORY;
    if (status == STATUS_OK) status = os_announce(port.value);
    if (status != STATUS_OK) {
        os_print("%s: it cannot be a pager here: %s; a `server` line of the system description starts it\n",
                 os_argument(0), os_status_name(status));
        return 1;
    }
    pager_serve();
    return 0;
}
