// SPDX-License-Identifier: MIT
// What wards ask of init.
#include "requests.h"

#include <os/threads.h>

#include "fate.h"
#include "format.h"
#include "load.h"
#include "string.h"
#include "wait.h"

struct request {
    const struct description *description;
    const struct message *message;
    struct ward *asker;
    uint64_t handle; // that came along; 0: none
    size_t size;     // of the text; one zero byte follows
    char text[MESSAGE_PAGE_SIZE + 1];
};

typedef void serve(struct request *request);

static void refuse(const struct request *request, uint64_t status) { answer(request->message->token, status, 0); }

// In whose name a lookup is made: the asker's; its own and that of a child which has not begun; nobody's, who may all.
static bool read_badge(const struct request *request, uint64_t *badge) {
    uint64_t heir = request->message->word[0];
    const struct ward *asker = request->asker, *child = heir != 0 ? ward_by_number(heir) : NULL;
    *badge = asker->number;
    if (heir == 0) return true;
    if (heir == OS_LOOKUP_MASTER) {
        *badge = 0;
        return asker->operates || service_of(asker->number) != NULL;
    }
    if (child == NULL || child->state != WARD_MADE || child->parent != asker->number) return false;
    *badge |= heir << BADGE_HEIR_SHIFT;
    return true;
}

static void serve_lookup(struct request *request) {
    const struct service *service = service_find(request->text);
    uint64_t badge;
    if (!read_badge(request, &badge)) {
        refuse(request, STATUS_DENIED);
        return;
    }
    if (service == NULL) {
        refuse(request, STATUS_ABSENT);
    } else if (service->port != 0) {
        answer_service(request->message->token, badge, service);
    } else {
        uint64_t status = wait_for_service(request->asker, request->message->token, badge, service);
        if (status != STATUS_OK) refuse(request, status);
    }
}

static void serve_announce(struct request *request) {
    struct service *service = service_of(request->asker->number);
    if (service == NULL || request->handle == 0) {
        refuse(request, STATUS_DENIED);
        return;
    }
    // What cannot be sent to, or passed on under badges, serves nobody.
    uint64_t finish = service->server->finish ? HANDLE_NOTIFY : 0;
    struct result tried = os_mint(request->handle, HANDLE_SEND | HANDLE_MINT | HANDLE_PASS | finish, 0);
    if (tried.status != STATUS_OK) {
        refuse(request, tried.status);
        return;
    }
    if (service->port != 0) os_close(service->port);
    service->port = (uint32_t)tried.value;
    refuse(request, STATUS_OK);
    wait_service_settled(service);
    fate_later(); // perhaps it is all that is left to finish
}

static void serve_spawn(struct request *request) {
    uint64_t status;
    const char *wrong;
    const struct ward *ward =
        fate_run(request->description, request->text, request->asker, request->asker->operates, &status, &wrong);
    if (ward == NULL)
        refuse(request, status == STATUS_COUNT ? STATUS_ABSENT : status);
    else
        answer(request->message->token, STATUS_OK, ward->number);
}

// The child of this number, or (0) any, one that has ended before one that has not.
static struct ward *find_child(const struct ward *parent, uint64_t number) {
    struct ward *found = NULL;
    for (unsigned i = 0; i < WARDS; i++) {
        struct ward *child = &wards[i];
        if (child->state == WARD_FREE || child->parent != parent->number || child->state == WARD_MADE) continue;
        if (number != WARD_NONE && child->number != number) continue;
        if (found == NULL || child->state == WARD_ENDED) found = child;
    }
    return found;
}

static void serve_wait(struct request *request) {
    uint64_t number = request->message->word[0];
    struct ward *child = find_child(request->asker, number);
    if (child == NULL) {
        refuse(request, STATUS_ABSENT);
    } else if (child->state == WARD_ENDED) {
        if (answer_end(request->message->token, child)) ward_free(child);
    } else {
        uint64_t status = wait_for_end(request->asker, request->message->token, (uint32_t)number);
        if (status != STATUS_OK) refuse(request, status);
    }
}

static void serve_exit(struct request *request) {
    fate_end(request->asker, OS_ENDED_EXIT, request->message->word[0] & UINT32_MAX);
}

static void serve_kill(struct request *request) {
    struct ward *ward = ward_by_number(request->message->word[0]);
    if (ward == NULL || ward->state == WARD_ENDED) {
        refuse(request, STATUS_ABSENT);
    } else if (ward->parent != request->asker->number && !request->asker->operates) {
        refuse(request, STATUS_DENIED);
    } else {
        refuse(request, STATUS_OK); // first: it may be the asker itself
        fate_end(ward, OS_ENDED_KILLED, 0);
    }
}

static void serve_fork(struct request *request) {
    uint64_t status;
    struct ward *child = ward_copy(request->asker, &status);
    if (child == NULL) {
        refuse(request, status);
        return;
    }
    child->unwaited = (request->message->word[0] & OS_FORK_UNWAITED) != 0;
    status = os_reply(request->message->token, VERDICT_REPLY | TAG_HANDLE, STATUS_OK, child->number, child->id, 0,
                      child->space)
                 .status;
    if (status == STATUS_OK) return;
    ward_end(child, OS_ENDED_KILLED, 0);
    ward_free(child);
    refuse(request, status);
}

static void serve_begin(struct request *request) {
    struct ward *child = ward_by_number(request->message->word[0]);
    if (child == NULL || child->state != WARD_MADE || child->parent != request->asker->number) {
        refuse(request, STATUS_ABSENT);
        return;
    }
    uint64_t status = STATUS_DENIED;
    if (request->size <= sizeof child->block->inherited && request->handle != 0) {
        memcpy(child->block->inherited, request->text, request->size);
        status = ward_begin(child, request->handle);
        request->handle = 0; // the child's record has it
        if (child->unwaited) child->parent = WARD_NONE;
    }
    refuse(request, status);
    if (status != STATUS_OK) fate_end(child, OS_ENDED_KILLED, 0);
}

static void serve_find(struct request *request) {
    const struct ward *found = NULL;
    for (unsigned i = 0; i < WARDS; i++) {
        if (wards[i].state == WARD_LIVES && string_equal(wards[i].name, request->text) &&
            (found == NULL || wards[i].number > found->number))
            found = &wards[i];
    }
    answer(request->message->token, found == NULL ? STATUS_ABSENT : STATUS_OK, found == NULL ? 0 : found->number);
}

static void reply_text(const struct request *request, size_t size) {
    os_reply(request->message->token, VERDICT_REPLY | TAG_TEXT | size << TAG_TEXT_SHIFT, STATUS_OK, 0, 0, 0, 0);
}

static struct space_counters counters_of(uint64_t space) {
    struct space_counters counters = {0};
    if (os_space_control(space, SPACE_COUNTERS, 0, 0).status == STATUS_OK)
        memcpy(&counters, os_self()->message, sizeof counters);
    return counters;
}

static void serve_look(struct request *request) {
    const struct ward *found = NULL;
    for (unsigned i = 0; i < WARDS; i++) {
        if (wards[i].state != WARD_FREE && wards[i].number >= request->message->word[0] &&
            (found == NULL || wards[i].number < found->number))
            found = &wards[i];
    }
    if (found == NULL) {
        refuse(request, STATUS_ABSENT);
        return;
    }
    struct space_counters counters = {0};
    if (found->space != 0) counters = counters_of(found->space);
    struct os_process process = {.process = found->number,
                                 .parent = found->parent,
                                 .rank = found->rank,
                                 .how = found->state == WARD_ENDED ? found->how : OS_RUNS,
                                 .value = found->value,
                                 .space = found->id,
                                 .quota = counters.quota,
                                 .used = counters.used,
                                 .faults_paged = counters.faults_paged};
    memcpy(process.faults, counters.faults, sizeof process.faults);
    memcpy(process.name, found->name, sizeof process.name);
    memcpy(os_self()->message, &process, sizeof process);
    reply_text(request, sizeof process);
}

static void serve_kin(struct request *request) {
    const struct ward *ward = ward_by_number(request->message->word[0]);
    if (ward == NULL || ward->state == WARD_ENDED)
        refuse(request, STATUS_ABSENT);
    else
        os_reply(request->message->token, VERDICT_REPLY, STATUS_OK, ward->parent, ward->id, ward->state == WARD_LIVES,
                 0);
}

static void serve_piece(struct request *request) {
    struct ward *ward = ward_by_number(request->message->word[0]);
    uint64_t number = request->message->word[1];
    if (ward == NULL || number >= ward->piece_count) {
        refuse(request, STATUS_ABSENT);
    } else if (ward != request->asker && ward->parent != request->asker->number && !request->asker->operates) {
        refuse(request, STATUS_DENIED);
    } else {
        struct os_piece piece = load_look(ward, &ward->piece[number]);
        memcpy(os_self()->message, &piece, sizeof piece);
        reply_text(request, sizeof piece);
    }
}

static void serve_server(struct request *request) {
    char *text = os_self()->message;
    size_t length = 0;
    if (request->message->word[0] >= service_count) {
        refuse(request, STATUS_ABSENT);
        return;
    }
    const struct description_server *server = services[request->message->word[0]].server;
    length = format_to(text, OS_SERVER_TEXT, "%s", server->name.text);
    for (uint32_t i = 0; i < server->kind_count; i++)
        length += format_to(text + length, OS_SERVER_TEXT - length, " %s", server->kind[i].text);
    reply_text(request, length + 1);
}

static void serve_file(struct request *request) {
    const struct image_file *file = image_find(init_image, request->text);
    if (file == NULL) {
        refuse(request, STATUS_ABSENT);
        return;
    }
    uint64_t badge = BADGE_FILE | (uint64_t)(file - init_image->files);
    struct result minted = os_mint(init_port, HANDLE_SEND | HANDLE_PASS, badge);
    uint64_t status = minted.status;
    if (status == STATUS_OK)
        status =
            os_reply(request->message->token, VERDICT_REPLY | TAG_HANDLE, STATUS_OK, file->size, 0, 0, minted.value)
                .status;
    if (minted.status == STATUS_OK) os_close(minted.value);
    if (status != STATUS_OK) refuse(request, status);
}

static void serve_entry(struct request *request) {
    uint64_t number = request->message->word[0];
    if (number >= init_image->file_count) {
        refuse(request, STATUS_ABSENT);
        return;
    }
    const struct image_file *file = &init_image->files[number];
    size_t length = string_length(file->name) + 1;
    memcpy(os_self()->message, file->name, length);
    os_reply(request->message->token, VERDICT_REPLY | TAG_TEXT | length << TAG_TEXT_SHIFT, STATUS_OK, file->size, 0, 0,
             0);
}

static void serve_watch(struct request *request) {
    const struct service *service = service_find(request->text);
    if (service == NULL || request->handle == 0) {
        refuse(request, service == NULL ? STATUS_ABSENT : STATUS_DENIED);
        return;
    }
    struct result begun = watch_begin(request->asker, service, request->handle, request->message->word[0]);
    if (begun.status == STATUS_OK) request->handle = 0; // the watch has it
    answer(request->message->token, begun.status, begun.value);
}

static void serve_unwatch(struct request *request) {
    refuse(request, watch_end(request->asker, request->message->word[0]) ? STATUS_OK : STATUS_ABSENT);
}

// A ward's quota is part of what init uses.
static void serve_memory(struct request *request) {
    struct space_counters own = counters_of(HANDLE_SELF);
    for (unsigned i = 0; i < WARDS; i++) {
        if (wards[i].state == WARD_FREE || wards[i].space == 0) continue;
        struct space_counters counters = counters_of(wards[i].space);
        own.used -= counters.quota - counters.used;
    }
    os_reply(request->message->token, VERDICT_REPLY, STATUS_OK, own.quota, own.used, 0, 0);
}

static void serve_finish(struct request *request) {
    uint64_t how = request->message->word[0];
    bool may = request->asker->operates && how <= POWER_HOW_REBOOT;
    refuse(request, may ? STATUS_OK : STATUS_DENIED);
    if (may) fate_finish(how, request->message->word[1]);
}

static serve *const serves[] = {
#define INIT_CALL(name, arguments, results, what) serve_##name,
#include <os/init_calls.def>
#undef INIT_CALL
};

void request_serve(const struct description *description, const struct message *message) {
    static struct request request;
    request.description = description;
    request.message = message;
    request.asker = ward_by_number(message->badge);
    request.handle = (message->tag & TAG_HANDLE) != 0 ? message->handle : 0;
    request.size = (message->tag & TAG_TEXT) != 0 ? TAG_TEXT_SIZE(message->tag) : 0;
    memcpy(request.text, os_self()->message, request.size);
    request.text[request.size] = '\0';
    uint64_t call = TAG_LABEL(message->tag);
    if (request.asker == NULL || request.asker->state != WARD_LIVES || call >= OS_INIT_CALLS)
        refuse(&request, STATUS_DENIED);
    else
        serves[call](&request);
    if (request.handle != 0) os_close(request.handle);
}
