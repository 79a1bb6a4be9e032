// SPDX-License-Identifier: MIT
// Who waits for an answer of init, and for what.
#include "wait.h"

enum { WAITS = 256, WAITS_EACH = 16, WATCHES = 128, WATCHES_EACH = 16 };

struct wait {
    uint64_t token; // 0: unused
    uint32_t asker;
    uint32_t child; // WARD_NONE with no service: any
    uint64_t badge; // of the service's handle
    const struct service *service;
};

static struct wait waits[WAITS];

// Who is notified of a server's end.
static struct watch {
    uint32_t number; // 0: unused
    uint32_t asker, port;
    uint64_t bits;
    const struct service *service;
} watches[WATCHES];

static uint32_t last_watch;

void answer(uint64_t token, uint64_t status, uint64_t value) {
    os_reply(token, VERDICT_REPLY, status, value, 0, 0, 0); // stale: the asker has died meanwhile
}

bool answer_end(uint64_t token, const struct ward *child) {
    return os_reply(token, VERDICT_REPLY, STATUS_OK, child->number, child->how, child->value, 0).status == STATUS_OK;
}

void answer_service(uint64_t token, uint64_t badge, const struct service *service) {
    struct result handle = service_handle(service, badge);
    if (handle.status != STATUS_OK) {
        answer(token, handle.status, 0);
        return;
    }
    uint64_t number = (uint64_t)(service - services) + 1;
    uint64_t status = os_reply(token, VERDICT_REPLY | TAG_HANDLE, STATUS_OK, number, 0, 0, handle.value).status;
    os_close(handle.value);
    if (status != STATUS_OK) answer(token, status, 0); // its table of handles has no room
}

static uint64_t add(const struct wait *wanted) {
    struct wait *unused = NULL;
    unsigned its = 0;
    for (unsigned i = 0; i < WAITS; i++) {
        if (waits[i].token == 0)
            unused = &waits[i];
        else
            its += waits[i].asker == wanted->asker ? 1 : 0;
    }
    if (unused == NULL || its == WAITS_EACH) return STATUS_FULL;
    *unused = *wanted;
    return STATUS_OK;
}

uint64_t wait_for_service(const struct ward *asker, uint64_t token, uint64_t badge, const struct service *service) {
    if (service_is_gone(service)) return STATUS_GONE;
    if (service->ward == asker->number) return STATUS_DEADLOCK;
    return add(&(struct wait){token, asker->number, WARD_NONE, badge, service});
}

uint64_t wait_for_end(const struct ward *asker, uint64_t token, uint32_t child) {
    return add(&(struct wait){token, asker->number, child, 0, NULL});
}

void wait_service_settled(const struct service *service) {
    for (unsigned i = 0; i < WAITS; i++) {
        struct wait *wait = &waits[i];
        if (wait->token == 0 || wait->service != service) continue;
        const struct ward *asker = ward_by_number(wait->asker);
        if (asker != NULL && service->port != 0)
            answer_service(wait->token, wait->badge, service);
        else if (service_is_gone(service))
            answer(wait->token, STATUS_GONE, 0);
        else
            continue;
        wait->token = 0;
    }
}

static bool has_sibling(const struct ward *child) {
    for (unsigned i = 0; i < WARDS; i++) {
        const struct ward *other = &wards[i];
        if (other != child && other->parent == child->parent &&
            (other->state == WARD_LIVES || other->state == WARD_ENDED))
            return true;
    }
    return false;
}

// One thread of the parent hears of it, if it has not been ended meanwhile. Others that can only have waited for this
// one would wait for ever.
bool wait_child_ended(const struct ward *child) {
    bool heard = false;
    for (unsigned i = 0; i < WAITS; i++) {
        struct wait *wait = &waits[i];
        if (wait->token == 0 || wait->service != NULL || wait->asker != child->parent) continue;
        if (wait->child != WARD_NONE && wait->child != child->number) continue;
        if (heard && wait->child == WARD_NONE && has_sibling(child)) continue;
        if (heard)
            answer(wait->token, STATUS_ABSENT, 0);
        else
            heard = answer_end(wait->token, child);
        wait->token = 0;
    }
    return heard;
}

struct result watch_begin(const struct ward *asker, const struct service *service, uint64_t port, uint64_t bits) {
    struct watch *unused = NULL;
    unsigned its = 0;
    for (unsigned i = 0; i < WATCHES; i++) {
        if (watches[i].number == 0)
            unused = &watches[i];
        else
            its += watches[i].asker == asker->number ? 1 : 0;
    }
    if (service->ward == WARD_NONE) return (struct result){STATUS_GONE, 0};
    if (unused == NULL || its == WATCHES_EACH) return (struct result){STATUS_FULL, 0};
    *unused = (struct watch){++last_watch, asker->number, (uint32_t)port, bits, service};
    return (struct result){STATUS_OK, last_watch};
}

static void end_watch(struct watch *watch) {
    os_close(watch->port);
    watch->number = 0;
}

bool watch_end(const struct ward *asker, uint64_t number) {
    for (unsigned i = 0; i < WATCHES; i++) {
        if (number == 0 || watches[i].number != number || watches[i].asker != asker->number) continue;
        end_watch(&watches[i]);
        return true;
    }
    return false;
}

void watch_tell(const struct service *service) {
    for (unsigned i = 0; i < WATCHES; i++) {
        if (watches[i].number == 0 || watches[i].service != service) continue;
        os_notify(watches[i].port, watches[i].bits); // refused: it has not the right, or the port is no more
        end_watch(&watches[i]);
    }
}

void wait_forget(const struct ward *asker) {
    for (unsigned i = 0; i < WAITS; i++) {
        if (waits[i].asker == asker->number) waits[i].token = 0;
    }
    for (unsigned i = 0; i < WATCHES; i++) {
        if (watches[i].number != 0 && watches[i].asker == asker->number) end_watch(&watches[i]);
    }
}
