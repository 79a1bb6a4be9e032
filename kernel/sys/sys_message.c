// SPDX-License-Identifier: MIT
// System calls of messages: the straight paths of call and answer.
#include "message.h"
#include "schedule.h"
#include "system_calls.h"
#include "verdict.h"

// A port under this handle, with this right, alive. => NULL, and why
static inline struct port *find_port(struct space *space, uint64_t index, uint32_t right, uint64_t *why)
{
    struct handle *handle = handle_find(space, index);
    if (handle != NULL && handle->object->kind == OBJECT_PORT && (handle->rights & right) != 0 && !handle->object->dead)
        return (struct port *)handle->object;
    return handle_object(space, index, OBJECT_PORT, right, why);
}

static inline struct thread *first_receiver(const struct port *port)
{
    return container_of(port->receivers.next, struct thread, link);
}

// What the caller finds, when a message is in its registers already.
static inline struct result received(struct thread *thread)
{
    struct hart *hart = hart_here();
    if (hart->next == NULL)
        hart->next = thread;
    return result(thread->registers->x[REGISTER_A0], thread->registers->x[REGISTER_A0 + 1]);
}

struct result sys_null(void)
{
    return result(STATUS_OK, 0);
}

// Nobody waits to receive: the message waits, in the caller's registers.
static uint64_t enqueue(struct thread *thread, struct port *port, const uint64_t word[5])
{
    if (message_closes_cycle(thread, port))
        return STATUS_DEADLOCK;
    for (unsigned i = 0; i < 5; i++)
        thread->registers->x[REGISTER_A0 + 2 + i] = word[i];
    thread->state = THREAD_SENDING;
    thread->port = port;
    list_add_last(&port->senders, &thread->link);
    schedule_next();
    return STATUS_OK;
}

static inline void start_call(struct thread *thread, uint64_t tag, uint64_t badge)
{
    thread->errand = ERRAND_CALL;
    thread->tag = tag;
    thread->badge = badge;
    thread->space->counters.messages++;
}

static void hand_over(struct thread *thread, struct port *port, const uint64_t word[5], uint64_t passed)
{
    struct thread *receiver = first_receiver(port);
    list_remove(&receiver->link);
    message_put(receiver, thread->tag, word, message_wait(thread, port), thread->badge, passed);
    receiver->running_at = thread->running_at > receiver->priority ? thread->running_at : receiver->priority;
    switch_to(receiver);
}

// With a handle, a text or a window; or to a port where nobody waits.
static uint64_t call_slowly(struct thread *thread, struct port *port, uint64_t word[5])
{
    uint64_t passed = 0, tag = thread->tag;
    if (TAG_KIND(tag) == MESSAGE_FAULT) {
        if (word[1] % PAGE_SIZE != 0 || !pages_are_valid(word[1], word[3]))
            return MISUSED;
        thread->errand = ERRAND_FAULT_CALL;
        thread->va = word[1];
        thread->neighbours = word[3];
        word[0] = thread->space->id;
    }
    if ((tag & TAG_HANDLE) != 0) {
        const struct handle *handle = handle_find(thread->space, word[4]);
        if (handle == NULL)
            return MISUSED;
        if ((handle->rights & HANDLE_PASS) == 0)
            return STATUS_DENIED;
    }
    if (list_empty(&port->receivers))
        return enqueue(thread, port, word);
    uint64_t status = message_attach(thread, first_receiver(port), tag, word[4], &passed);
    if (status == STATUS_OK)
        hand_over(thread, port, word, passed);
    return status;
}

struct result sys_call(uint64_t handle, uint64_t tag, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3, uint64_t w4)
{
    struct thread *thread = thread_current();
    struct handle *entry = handle_find(thread->space, handle);
    uint64_t why, word[5] = {w0, w1, w2, w3, w4};
    struct port *port = find_port(thread->space, handle, HANDLE_SEND, &why);
    if (port == NULL)
        return result(why, 0);
    if (TAG_KIND(tag) > MESSAGE_FAULT)
        return result(MISUSED, 0);
    start_call(thread, tag, entry->badge);
    if ((tag & (0xff | TAG_HANDLE | TAG_TEXT)) != 0 || list_empty(&port->receivers))
        return result(call_slowly(thread, port, word), 0);
    hand_over(thread, port, word, 0);
    return result(STATUS_OK, 0);
}

static void wait_to_receive(struct thread *thread, struct port *port)
{
    thread->state = THREAD_RECEIVING;
    thread->port = port;
    thread->running_at = thread->priority;
    list_add_first(&port->receivers, &thread->link);
}

struct result sys_recv(uint64_t handle, uint64_t flags)
{
    struct thread *thread = thread_current();
    uint64_t why;
    struct port *port = find_port(thread->space, handle, HANDLE_RECEIVE, &why);
    if (port == NULL)
        return result(why, 0);
    if ((flags & ~(uint64_t)RECV_POLL) != 0)
        return result(MISUSED, 0);
    if (message_pending(port) && message_take(port, thread))
        return received(thread);
    if ((flags & RECV_POLL) != 0)
        return result(STATUS_EMPTY, 0);
    wait_to_receive(thread, port);
    schedule_next();
    return result(STATUS_OK, 0);
}

struct result sys_reply(uint64_t token, uint64_t tag, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3, uint64_t w4)
{
    uint64_t word[5] = {w0, w1, w2, w3, w4};
    struct answer answer = verdict_give(thread_current(), token, tag, word);
    if (answer.client != NULL)
        schedule_ready(answer.client);
    return result(answer.status, 0);
}

struct result sys_reply_recv(uint64_t token, uint64_t tag, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3,
                             uint64_t w4)
{
    struct thread *thread = thread_current();
    uint64_t why, word[5] = {w0, w1, w2, w3, w4};
    struct port *port = find_port(thread->space, thread->registers->x[REGISTER_T0], HANDLE_RECEIVE, &why);
    if (port == NULL)
        return result(why, 0);
    struct answer answer = verdict_give(thread, token, tag, word);
    if (answer.status != STATUS_OK)
        return result(answer.status, 0);
    if (message_pending(port) && message_take(port, thread)) {
        if (answer.client != NULL)
            schedule_ready(answer.client);
        return received(thread);
    }
    wait_to_receive(thread, port);
    if (answer.client != NULL && schedule_is_most_urgent(answer.client)) {
        switch_to(answer.client);
        return result(STATUS_OK, 0);
    }
    if (answer.client != NULL)
        schedule_ready(answer.client);
    schedule_next();
    return result(STATUS_OK, 0);
}

struct result sys_notify(uint64_t handle, uint64_t bits)
{
    uint64_t why;
    struct port *port = find_port(thread_current()->space, handle, HANDLE_NOTIFY, &why);
    if (port == NULL)
        return result(why, 0);
    port_notify(port, bits);
    return result(STATUS_OK, 0);
}
