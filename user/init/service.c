// SPDX-License-Identifier: MIT
// Servers as the description names them: started, announced, looked up, started again.
#include "service.h"

#include <os/handles.h>
#include <os/print.h>
#include <os/time.h>

#include "format.h"
#include "string.h"

struct service services[DESCRIPTION_SERVERS];
uint32_t service_count;

enum { RESTARTS_MOST = 5, RESTARTS_SECONDS = 10 };
#define PATIENCE UINT64_C(10000000) // microseconds that it is tried to find memory for one

// It is told its name, the kinds that it hosts, and whom it may ask. => a status, or STATUS_COUNT, and why not
static uint64_t start(struct service *service, const char **wrong) {
    static char backing[DESCRIPTION_KINDS][OS_NAME + 8], disk[OS_NAME + 8];
    const struct description_server *server = service->server;
    struct ward_plan plan = {.words = {server->name.text},
                             .word_count = 1,
                             .operates = server->operates,
                             .file = image_find(init_image, server->program.text),
                             .quota = server->quota.value,
                             .rank = (uint32_t)server->rank.value,
                             .priority = (uint32_t)server->priority.value};
    for (uint32_t i = 0; i < server->kind_count; i++) plan.words[plan.word_count++] = server->kind[i].text;
    for (uint32_t i = 0; i < server->backing_count; i++) {
        format_to(backing[i], sizeof backing[i], "backing=%s", server->backing[i].text);
        plan.words[plan.word_count++] = backing[i];
    }
    if (server->disk.text[0] != '\0') {
        format_to(disk, sizeof disk, "disk=%s", server->disk.text);
        plan.words[plan.word_count++] = disk;
    }
    if (server->device.text[0] != '\0') plan.device = server->device.text;
    uint64_t status;
    const struct ward *ward = ward_start(&plan, &status, wrong);
    if (ward == NULL) return status;
    service->ward = ward->number;
    return STATUS_OK;
}

static void tell(const struct service *service, uint64_t status, const char *wrong) {
    os_print("init: cannot start server %s: %s\n", service->server->name.text,
             wrong != NULL ? wrong : os_status_name(status));
}

// What it had before comes back when its last clients have let go of it.
bool service_try(struct service *service) {
    const char *wrong;
    uint64_t status = start(service, &wrong);
    if (status == STATUS_NO_MEMORY && os_now() < service->until) return true;
    service->until = 0;
    if (status == STATUS_OK)
        os_print("init: server %s is started again\n", service->server->name.text);
    else
        tell(service, status, wrong);
    return false;
}

void services_start(const struct description *description) {
    service_count = description->server_count;
    for (uint32_t i = 0; i < service_count; i++) services[i].server = &description->server[i];
    for (uint64_t rank = 1; rank < DESCRIPTION_RANK_MOST; rank++) {
        for (uint32_t i = 0; i < service_count; i++) {
            const char *wrong;
            if (services[i].server->rank.value != rank) continue;
            uint64_t status = start(&services[i], &wrong);
            if (status != STATUS_OK) tell(&services[i], status, wrong);
        }
    }
}

struct service *service_find(const char *name) {
    for (uint32_t i = 0; i < service_count; i++) {
        const struct description_server *server = services[i].server;
        if (string_equal(server->name.text, name)) return &services[i];
        for (uint32_t j = 0; j < server->kind_count; j++) {
            if (string_equal(server->kind[j].text, name)) return &services[i];
        }
    }
    return NULL;
}

struct service *service_of(uint32_t ward) {
    for (uint32_t i = 0; i < service_count; i++) {
        if (services[i].ward == ward && ward != WARD_NONE) return &services[i];
    }
    return NULL;
}

struct result service_handle(const struct service *service, uint64_t badge) {
    return os_mint(service->port, HANDLE_SEND | HANDLE_PASS | (badge == 0 ? HANDLE_MINT : 0), badge);
}

void service_ended(struct service *service, bool finishes) {
    const char *name = service->server->name.text;
    uint64_t now = os_now();
    if (service->port != 0) os_close(service->port);
    service->port = 0;
    service->ward = WARD_NONE;
    if (finishes) return;
    if (!service->server->restart) {
        os_print("init: server %s is no more; its line does not say restart\n", name);
        return;
    }
    if (now - service->since > RESTARTS_SECONDS * os_ticks_per_second) {
        service->since = now;
        service->restarts = 0;
    }
    if (++service->restarts > RESTARTS_MOST) {
        os_print("init: server %s ended %u times in %u seconds: it is not started again\n", name, service->restarts,
                 RESTARTS_SECONDS);
        return;
    }
    service->until = os_after(PATIENCE);
    if (service_try(service)) os_print("init: server %s is started again when there is memory for it\n", name);
}
