// SPDX-License-Identifier: MIT
// The server of random bytes: it drives a virtio device that has them, and gives each byte once. It calls nobody.
#include <os/begin.h>
#include <os/print.h>
#include <os/process.h>
#include <os/random.h>
#include <os/start_block.h>
#include <os/stubs.h>
#include <os/threads.h>

#include "string.h"
#include "virtio_random.h"

static struct random_device device;
static bool has_device;
static uint32_t left; // of what is in the device's page, its first bytes

static uint64_t take(void *to, uint64_t bytes) {
    if (!has_device) return STATUS_ABSENT;
    for (uint64_t done = 0; done < bytes;) {
        if (left == 0) left = random_fill(&device);
        if (left == 0) return STATUS_GONE;
        uint64_t some = bytes - done < left ? bytes - done : left;
        uint8_t *from = (uint8_t *)device.page + left - some;
        memcpy((uint8_t *)to + done, from, some);
        memset(from, 0, some);
        left -= (uint32_t)some;
        done += some;
    }
    return STATUS_OK;
}

static void serve(const struct message *message) {
    uint8_t bytes[RANDOM_MOST];
    uint64_t count = message->word[0], status = STATUS_DENIED;
    if (TAG_LABEL(message->tag) == RANDOM_CALL_take && count <= RANDOM_MOST) status = take(bytes, count);
    if (status != STATUS_OK) count = 0;
    memcpy(os_self()->message, bytes, count);
    os_reply(message->token, VERDICT_REPLY | TAG_TEXT | count << TAG_TEXT_SHIFT, status, 0, 0, 0, 0);
    memset(bytes, 0, count);
}

int main(void) {
    struct result port = os_port_create();
    if (port.status != STATUS_OK) return 1;
    for (uint64_t i = 0; i < os_start->device_count && !has_device; i++)
        has_device = random_begin(&device, &os_start->device[i]);
    if (!has_device) os_print("random: there is no device that gives random bytes\n");
    if (os_announce(port.value) != STATUS_OK) return 1;
    for (;;) {
        struct message message = os_recv(port.value, 0);
        if (TAG_KIND(message.tag) == MESSAGE_CALL) serve(&message);
    }
}
