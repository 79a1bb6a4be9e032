// SPDX-License-Identifier: MIT
// The first program. It reads the system description, starts what that names, and then only answers: requests of its
// wards, faults that nobody handles, ends. It never calls anybody, so nobody can keep it waiting.
#include <os/begin.h>
#include <os/handlers.h>
#include <os/print.h>
#include <os/threads.h>

#include "fate.h"
#include "report.h"
#include "requests.h"
#include "service.h"

enum {
    REFUSED = 1, // how the machine ends when it cannot start
    REGISTER_A0 = 9,
    ECALL_SIZE = 4,
    OUTSIDE = 2, // PAGER_OUTSIDE: what a pager says to a page that it has not
};

static struct image image;
static struct description description;

static bool has_file(const void *context, const char *name) { return fate_program(context, name) != NULL; }

static void give_up(const char *why) {
    os_print("init: cannot start: %s\n", why);
    os_exit(REFUSED);
}

static void read_description(void) {
    struct description_error error;
    const char *wrong = image_open(&image, os_boot_image, os_boot_image_size);
    if (wrong != NULL) give_up(wrong);
    const struct image_file *file = image_find(&image, "system");
    if (file == NULL) give_up("the boot image has no system description, a file `system`");
    os_space_control(HANDLE_SELF, SPACE_COUNTERS, 0, 0);
    const struct space_counters *counters = os_self()->message;
    struct description_machine machine = {counters->quota - counters->used, has_file, &image};
    if (description_read(&description, image_bytes(&image, file), file->size, &machine, &error)) return;
    report_refusal(&error);
    os_exit(REFUSED);
}

// A handle that a ward passed on may name anything: what cannot be done with it is a status, also to init.
static void refuse_misuse(struct upcall_registers *interrupted, struct os_fault *fault) {
    if (FAULT_ACCESS(TAG_LABEL(fault->message.tag)) != FAULT_MISUSE) os_handler_give_up(interrupted, fault);
    interrupted->x[REGISTER_A0] = STATUS_DENIED;
    interrupted->pc += ECALL_SIZE;
}

static void look_after_wards(void) {
    for (unsigned i = 0; i < WARDS; i++) {
        if (ward_is_over(&wards[i])) fate_end(&wards[i], OS_ENDED_KILLED, 0);
    }
}

static void refuse_fault(const struct message *message) { os_reply(message->token, VERDICT_FAIL, OUTSIDE, 0, 0, 0, 0); }

// Who names init's port as the pager of a region chooses the badge of its own faults; whose they are the kernel says.
static void serve_exception(const struct message *message) {
    struct ward *ward = ward_by_number(message->badge & BADGE_NUMBER);
    if (ward == NULL || ward->state != WARD_LIVES || ward->id != message->word[0]) {
        refuse_fault(message);
        return;
    }
    report_fault(ward, message);
    fate_end(ward, OS_ENDED_FAULT, FAULT_ERROR(TAG_LABEL(message->tag)));
}

// Pages of the boot image, from `start` on, to who asks for some of them.
static void show(const struct message *message, uint64_t start, uint64_t size, uint64_t rights) {
    uint64_t offset = message->word[2] & ~(uint64_t)(MESSAGE_PAGE_SIZE - 1), pages = message->word[3];
    if (offset >= size) {
        refuse_fault(message);
        return;
    }
    uint64_t most = (size - offset + MESSAGE_PAGE_SIZE - 1) / MESSAGE_PAGE_SIZE;
    if (most > PAGES_PER_CALL) most = PAGES_PER_CALL;
    if (os_reply(message->token, VERDICT_MAP, START_IMAGE + start + offset, message->word[1],
                 pages < most ? pages : most, rights | RIGHT_SHARE, 0)
            .status != STATUS_OK)
        refuse_fault(message);
}

// Bytes of a ward's data, for the pager that serves it.
static void serve_source(const struct message *message) {
    const struct ward *ward = ward_by_number(message->badge & BADGE_NUMBER);
    show(message, ward != NULL ? ward->data : 0, ward != NULL ? ward->data_size : 0, RIGHT_READ);
}

// Those of a file: whose handle it is had it from us, and can read no more than all may.
static void serve_file(const struct message *message) {
    const struct image_file *file = &image.files[(message->badge & BADGE_NUMBER) % image.file_count];
    show(message, file->offset, file->size, RIGHT_READ | RIGHT_EXECUTE);
}

static void serve(const struct message *message) {
    switch (TAG_KIND(message->tag)) {
    case MESSAGE_NOTIFY:
        look_after_wards();
        if ((message->word[0] & NOTIFY_LATER) != 0) fate_later();
        break;
    case MESSAGE_CALL:
        request_serve(&description, message);
        break;
    case MESSAGE_FAULT:
        if ((message->badge & BADGE_EXCEPTION) != 0)
            serve_exception(message);
        else if ((message->badge & BADGE_SOURCE) != 0)
            serve_source(message);
        else if ((message->badge & BADGE_FILE) != 0)
            serve_file(message);
        else // its own handler may know, else its exception port is ours too
            refuse_fault(message);
        break;
    default:
        break; // a region of a ward that ended
    }
}

int main(void) {
    init_port = os_port_create().value;
    init_image = &image;
    read_description();
    os_handler_set(refuse_misuse);
    report_begin(&description);
    services_start(&description);
    fate_begin(&description);
    for (;;) {
        struct message message = os_recv(init_port, 0);
        if (message.status == STATUS_OK) serve(&message);
    }
}
