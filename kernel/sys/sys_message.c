// SPDX-License-Identifier: MIT
// System calls of messages: the straight paths of call and answer.
#include "message.h"
#include "schedule.h"
#include "system_calls.h"
#include "verdict.h"

// A port under this handle, with this right, alive. => NULL, and why
static inline struct port *find_port(struct space *space, uint64_t index, uint32_t right, uint64_t *why) {
    struct handle *handle = handle_find(space, index);
    if (handle != NULL && handle->object->kind == OBJECT_PORT && (handle->rights & right) != 0 && !handle->object->dead)
        return (struct port *)handle->object;
    return handle_object(space, index, OBJECT_PORT, right, why);
}

// What the caller finds, when a message is in its registers already.
static inline sys_result received(struct thread *thread) {
    struct hart *hart = hart_here();
    if (hart->next == NULL) hart->next = thread;
    return result(STATUS_OK, thread->registers->x[REGISTER_A0 + 1]);
}

sys_result sys_null(void) { return result(STATUS_OK, 0); }

// Nobody waits to receive: the message waits, in the caller's registers.
static uint64_t enqueue(struct thread *thread, struct port *port, const uint64_t word[5]) {
    if (message_closes_cycle(thread, port)) return STATUS_DEADLOCK;
    for (unsigned i = 0; i < 5; i++) thread->registers->x[REGISTER_A0 + 2 + i] = word[i];
    message_queue(thread, port);
    schedule_next();
    return STATUS_OK;
}

// With a handle, a text or a window; or to a port where nobody waits.
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
    if (list_empty(&port->receivers)) return result(enqueue(thread, port, word), 0);
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
    struct port *port = find_port(thread->space, handle, HANDLE_RECEIVE, &why);
    if (port == NULL) return result(why, 0);
    if ((flags & ~(uint64_t)RECV_POLL) != 0) return result(MISUSED, 0);
    if (message_pending(port) && message_take(port, thread)) {
        schedule_preempt(); // a sender whose message could not be taken goes on
        return received(thread);
    }
    if ((flags & RECV_POLL) != 0) return result(STATUS_EMPTY, 0);
    wait_to_receive(thread, port);
    schedule_next();
    return result(STATUS_OK, 0);
}

sys_result sys_reply(uint64_t token, uint64_t tag, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3, uint64_t w4) {
    uint64_t word[5] = {w0, w1, w2, w3, w4};
    struct answer answer = verdict_give(thread_current(), token, tag, word);
    if (answer.client != NULL) schedule_ready(answer.client);
    if (answer.status != MISUSED) schedule_preempt();
    return result(answer.status, 0);
}

sys_result sys_reply_recv(uint64_t token, uint64_t tag, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3,
                          uint64_t w4) {
    struct thread *thread = thread_current();
    uint64_t why, word[5] = {w0, w1, w2, w3, w4};
    struct port *port = find_port(thread->space, hart_here()->t0, HANDLE_RECEIVE, &why);
    if (port == NULL) return result(why, 0);
    struct answer answer = verdict_give(thread, token, tag, word);
    if (answer.status != STATUS_OK) return result(answer.status, 0);
    if (message_pending(port) && message_take(port, thread)) {
        if (answer.client != NULL) schedule_ready(answer.client);
        schedule_preempt();
        return received(thread);
    }
    wait_to_receive(thread, port);
    if (answer.client != NULL && schedule_is_most_urgent(answer.client)) {
        ring_trace(hart_here(), EVENT_switch, thread->token, answer.client->token);
        switch_to(answer.client);
        return result(STATUS_OK, 0);
    }
    if (answer.client != NULL) schedule_ready(answer.client);
    schedule_next();
    return result(STATUS_OK, 0);
}

sys_result sys_notify(uint64_t handle, uint64_t bits) {
    uint64_t why;
    struct port *port = find_port(thread_current()->space, handle, HANDLE_NOTIFY, &why);
    if (port == NULL) return result(why, 0);
    port_notify(port, bits);
    schedule_preempt();
    return result(STATUS_OK, 0);
}
