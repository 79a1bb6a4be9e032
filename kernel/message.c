// SPDX-License-Identifier: MIT
// Messages: the paths beside the straight one.
#include "message.h"

#include "handle.h"
#include "region.h"
#include "schedule.h"
#include "string.h"

enum { CHAIN_MOST = 16 };

void message_put(struct thread *receiver, uint64_t tag, const uint64_t word[5], uint64_t token, uint64_t badge,
                 uint64_t handle) {
    uint64_t *x = receiver->registers->x;
    x[REGISTER_A0] = STATUS_OK;
    x[REGISTER_A0 + 1] = tag;
    for (unsigned i = 0; i < 5; i++) x[REGISTER_A0 + 2 + i] = word[i];
    x[REGISTER_A0 + 7] = token;
    x[REGISTER_T0] = badge;
    x[REGISTER_T1] = handle;
}

void message_fail(struct thread *thread, enum status status) {
    thread_unlink(thread);
    thread->registers->x[REGISTER_A0] = status;
    schedule_ready(thread);
}

uint64_t message_attach(struct thread *from, struct thread *to, uint64_t tag, uint64_t handle, uint64_t *passed) {
    uint64_t size = (tag & TAG_TEXT) != 0 ? TAG_TEXT_SIZE(tag) : 0, status = STATUS_OK;
    if (size > PAGE_SIZE) return MISUSED;
    if ((tag & TAG_HANDLE) != 0) status = handle_pass(from->space, to->space, handle, 0, passed);
    if (status == STATUS_OK) memcpy(to->message_page, from->message_page, size);
    return status;
}

// The first sender whose message can be delivered is answered for with a token. => false: none is left
static bool take_sender(struct port *port, struct thread *receiver) {
    while (!list_empty(&port->senders)) {
        struct thread *sender = container_of(port->senders.next, struct thread, link);
        uint64_t passed = 0, status = STATUS_OK;
        uint64_t word[5] = {sender->space->id, sender->va, sender->offset, sender->registers->pc, sender->neighbours};
        if (sender->errand != ERRAND_FAULT) {
            memcpy(word, &sender->registers->x[REGISTER_A0 + 2], sizeof word);
            if (sender->errand == ERRAND_FAULT_CALL) word[0] = sender->space->id;
            status = message_attach(sender, receiver, sender->tag, word[4], &passed);
        }
        if (status != STATUS_OK) { // its handle went while it waited: that is its own affair
            message_fail(sender, status == MISUSED ? STATUS_DENIED : (enum status)status);
            continue;
        }
        list_remove(&sender->link);
        uint64_t token = message_wait(sender, port, sender->errand);
        message_put(receiver, sender->tag, word, token, sender->badge, passed);
        receiver->running_at = sender->running_at > receiver->priority ? sender->running_at : receiver->priority;
        return true;
    }
    return false;
}

bool message_take(struct port *port, struct thread *receiver) {
    if (port->bits != 0) {
        uint64_t word[5] = {port->bits};
        port->bits = 0;
        message_put(receiver, MESSAGE_NOTIFY, word, 0, 0, 0);
        return true;
    }
    if (!list_empty(&port->gone)) {
        struct region *region = container_of(port->gone.next, struct region, link);
        uint64_t word[5] = {region->space->id, region->node.key, region->offset + region->node.key,
                            region->size / PAGE_SIZE};
        message_put(receiver, MESSAGE_DETACHED, word, 0, region->cookie, 0);
        region_free(region);
        return true;
    }
    return take_sender(port, receiver);
}

const struct thread *message_worker(const struct port *port) {
    const struct thread *only = NULL;
    if (port->holder == NULL) return NULL;
    const struct link *head = &port->holder->threads, *link = head->next;
    for (unsigned i = 0; link != head; i++, link = link->next) {
        const struct thread *thread = container_of(link, struct thread, in_space);
        if (thread->state == THREAD_STOPPED && i != CHAIN_MOST) continue;
        if (only != NULL || i == CHAIN_MOST) return NULL;
        only = thread;
    }
    return only;
}

bool message_closes_cycle(const struct thread *caller, const struct port *port) {
    for (unsigned i = 0; i < CHAIN_MOST; i++) {
        const struct thread *thread = message_worker(port);
        if (thread == caller) return true;
        if (thread == NULL || !thread_asks(thread)) return false;
        port = thread->port;
    }
    return true;
}
