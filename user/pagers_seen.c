// SPDX-License-Identifier: MIT
// The pagers of this system, and their objects, as far as this program may see them.
#include "pagers_seen.h"

#include <os/attach.h>
#include <os/process.h>

#include "string.h"

bool pagers_name(unsigned number, char *text) {
    for (unsigned server = 0; os_look_server(server, text, OS_SERVER_TEXT); server++) {
        size_t length = 0;
        while (text[length] != '\0' && text[length] != ' ') length++;
        if (text[length] == '\0' || number-- > 0) continue; // it hosts no kind
        text[length] = '\0';
        return true;
    }
    return false;
}

uint64_t pagers_find(const char *name, bool *all) {
    struct result handle = os_lookup_for(name, OS_LOOKUP_MASTER);
    *all = handle.status == STATUS_OK;
    if (!*all) handle = os_lookup(name);
    return handle.status == STATUS_OK ? handle.value : 0;
}

uint64_t pagers_next(uint64_t pager, uint64_t cookie) {
    const uint64_t word[5] = {cookie};
    uint64_t next;
    return os_pager_ask(pager, PAGER_CALL_next, word, &next) == PAGER_OK ? next : 0;
}
