// SPDX-License-Identifier: MIT
// Servers as the description names them: started, announced, looked up, started again.
#pragma once

#include "ward.h"

struct service {
    const struct description_server *server;
    uint32_t ward;     // its number; WARD_NONE: it does not run
    uint32_t port;     // handle of where its clients send; 0: it has not said
    uint32_t restarts; // within the time that is counted
    uint64_t since;    // when counting began
    uint64_t until;    // it is tried again, for there was no memory to start it; 0: it is not
    bool late;         // it did not finish in time
};

extern struct service services[DESCRIPTION_SERVERS];
extern uint32_t service_count;

// Starts all, those of lower rank first.
void services_start(const struct description *description);

// => the one of this name, or that hosts this kind; NULL: the description has none
struct service *service_find(const char *name);
// => the one that this ward runs, or NULL
struct service *service_of(uint32_t ward);

// => a handle of its port, to be closed. Without a badge (0) its holder may choose badges.
struct result service_handle(const struct service *service, uint64_t badge);

// The ward that ran it has ended: it is started again, if it may be, and not too often, and the machine goes on.
void service_ended(struct service *service, bool finishes);
// Starts it again. => true: there is no memory for it yet, and time is left
bool service_try(struct service *service);
// It does not run, and will not.
static inline bool service_is_gone(const struct service *service) {
    return service->ward == WARD_NONE && service->until == 0;
}
