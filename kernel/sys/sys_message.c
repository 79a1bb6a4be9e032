// SPDX-License-Identifier: MIT
// System calls of messages: every case of call and answer, of which straight.S has the most frequent ones too.
#include "message.h"
#include "schedule.h"
#include "string.h"
#include "system_calls.h"
#include "verdict.h"

sys_result sys_null(void) { return result(STATUS_OK, 0); }

// Also with a handle, a text or a window, and to a port where nobody waits.
sys_result sys_call(uint64_t handle, uint64_t tag, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3, uint64_t w4) {
    struct thread *thread = thread_current();
    uint64_t why, passed = 0, word[5] = {w0, w1, w2, w3, w4};
    struct port *port = handle_object(thread->space, handle, OBJECT_PORT, HANDLE_SEND, &why);
    if (port == NULL) return result(why, 0);
    if (TAG_KIND(tag) > MESSAGE_FAULT) return result(MISUSED, 0);
    uint64_t may = (tag & TAG_HANDLE) != 0 ? handle_may_pass(thread->space, w4) : STATUS_OK;
    if (may != STATUS_OK) return result(may, 0);
    thread->errand = ERRAND_CALL;
    if (TAG_KIND(tag) == MESSAGE_FAULT) {
        if (!pages_are_valid(w1, w3)) return result(MISUSED, 0);
        thread->errand = ERRAND_FAULT_CALL;
        thread->va = w1;
        thread->neighbours = w3;
        word[0] = thread->space->id;
    }
    thread->tag = tag;
    thread->badge = handle_find(thread->space, handle)->badge;
    thread->space->counters.messages++;
    ring_trace(hart_here(), EVENT_message, thread->token, tag);
    if (list_empty(&port->receivers)) { // the message waits, in the caller's registers
        if (message_closes_cycle(thread, port)) return result(STATUS_DEADLOCK, 0);
        memcpy(&thread->registers->x[REGISTER_A0 + 2], word, sizeof word);
        message_queue(thread, port);
        schedule_next();
        return result(STATUS_OK, 0);
    }
    uint64_t status = message_attach(thread, message_receiver(port), tag, w4, &passed);
    ring_trace(hart_here(), EVENT_switch, thread->token, message_receiver(port)->token);
    if (status != STATUS_OK) return result(status, 0);
    struct thread *receiver = message_wake(port, thread);
    message_put(receiver, tag, word, message_wait(thread, port, thread->errand), thread->badge, passed);
    switch_to(receiver);
    return result(STATUS_OK, 0);
}

static inline void wait_to_receive(struct thread *thread, struct port *port) {
    thread->state = THREAD_RECEIVING;
    thread->port = port;
    thread->running_at = thread->priority;
    list_add_first(&port->receivers, &thread->link);
    port->busy = false; // nothing was there to be taken
}

sys_result sys_recv(uint64_t handle, uint64_t flags) {
    struct thread *thread = thread_current();
    uint64_t why;
    struct port *port = handle_object(thread->space, handle, OBJECT_PORT, HANDLE_RECEIVE, &why);
    if (port == NULL) return result(why, 0);
    if ((flags & ~(uint64_t)RECV_POLL) != 0) return result(MISUSED, 0);
    if (message_take(port, thread)) {
        schedule_preempt();                                        // a sender whose message could not be taken goes on
        if (hart_here()->next == NULL) hart_here()->next = thread; // with the message, which is in its registers
        return result(STATUS_OK, thread->registers->x[REGISTER_A0 + 1]);
    }
    if ((flags & RECV_POLL) != 0) return result(STATUS_EMPTY, 0);
    wait_to_receive(thread, port);
    schedule_next();
    return result(STATUS_OK, 0);
}

sys_result sys_reply(uint64_t token, uint64_t tag, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3, uint64_t w4) {
    uint64_t word[5] = {w0, w1, w2, w3, w4};
    struct thread *client;
    uint64_t status = verdict_give(thread_current(), token, tag, word, &client);
    if (client != NULL) schedule_ready(client);
    if (status != MISUSED) schedule_preempt();
    return result(status, 0);
}

sys_result sys_reply_recv(uint64_t token, uint64_t tag, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3,
                          uint64_t w4) {
    struct thread *client, *thread = thread_current();
    uint64_t handle = hart_here()->t0, why, word[5] = {w0, w1, w2, w3, w4};
    struct port *port = handle_object(thread->space, handle, OBJECT_PORT, HANDLE_RECEIVE, &why);
    if (port == NULL) return result(why, 0);
    uint64_t status = verdict_give(thread, token, tag, word, &client);
    if (status != STATUS_OK) return result(status, 0);
    if (client != NULL && !message_pending(port) && schedule_is_most_urgent(client)) {
        wait_to_receive(thread, port);
        ring_trace(hart_here(), EVENT_switch, thread->token, client->token);
        switch_to(client);
        return result(STATUS_OK, 0);
    }
    if (client != NULL) schedule_ready(client);
    return sys_recv(handle, 0);
}

sys_result sys_notify(uint64_t handle, uint64_t bits) {
    uint64_t why;
    struct port *port = handle_object(thread_current()->space, handle, OBJECT_PORT, HANDLE_NOTIFY, &why);
    if (port == NULL) return result(why, 0);
    port_notify(port, bits);
    schedule_preempt();
    return result(STATUS_OK, 0);
}
