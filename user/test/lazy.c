// SPDX-License-Identifier: MIT
// A host of pagers and its clients.
#include "lazy.h"

#include "../../pagers/kinds.h"
#include "memory_store.h"
#include "ruler.h"
#include "store.h"

static void serve(uint64_t backed) {
    static const struct pager_ops *const kinds[] = {&kind_anon, &kind_zero, &kind_cow, &kind_store, &kind_ruler};
    uint64_t port = os_port_create().value;
    os_handler_set(suite_handler);
    if (backed != 0) EXPECT(memory_store_start(port));
    EXPECT(pager_start(kinds, sizeof kinds / sizeof kinds[0], port));
    uint64_t handle = os_mint(port, HANDLE_SEND | HANDLE_MINT | HANDLE_PASS, 0).value;
    os_call(OS_CHILD_PORT, MESSAGE_CALL | TAG_HANDLE, 0, 0, 0, 0, handle);
    os_close(handle);
    pager_serve();
}

static struct host start(uint64_t quota, bool backed) {
    struct host host = {.child = suite_child_made(serve, backed ? 1 : 0, quota, HOST_RANK)};
    os_child_start(&host.child);
    struct message call = client_message(&host.child);
    EXPECT_EQUAL(call.tag & TAG_HANDLE, TAG_HANDLE);
    host.port = (uint32_t)call.handle;
    os_reply(call.token, VERDICT_REPLY, 0, 0, 0, 0, 0);
    return host;
}

struct host host_start(uint64_t quota) {
    return start(quota, false);
}

struct host host_start_backed(uint64_t frames, uint64_t places) {
    memory_store_set(places);
    return start(frames + places, true);
}

void host_end(struct host *host) {
    os_child_end(&host->child);
    os_close(host->port);
}

struct os_child lazy_client(const struct host *host, void (*function)(uint64_t argument), uint64_t argument,
                            uint64_t number) {
    struct os_child child = suite_child_made(function, argument, LAZY_CLIENT_QUOTA, LAZY_CLIENT_RANK);
    struct result minted = os_mint(host->port, HANDLE_SEND | HANDLE_PASS, number);
    EXPECT_STATUS(OK, minted);
    EXPECT_STATUS(OK, os_give(child.space, minted.value, LAZY_PAGER));
    os_close(minted.value);
    return child;
}

static uint64_t ask(const struct host *host, uint64_t label, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3,
                    uint64_t w4, uint64_t *value) {
    const uint64_t word[5] = {w0, w1, w2, w3, w4};
    return os_pager_ask(host->port, label, word, value);
}

uint64_t host_ask(const struct host *host, uint64_t label, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3,
                  uint64_t w4) {
    return ask(host, label, w0, w1, w2, w3, w4, NULL);
}

static void set_region(const struct host *host, const struct os_child *child, uint64_t va, uint64_t pages,
                       uint64_t cookie, uint64_t rights) {
    EXPECT_STATUS(OK, os_region(child->space, va, pages, host->port, cookie, 0, rights & RIGHTS_ACCESS, 0));
}

uint64_t host_attach(const struct host *host, const struct os_child *child, const char *kind, uint64_t va,
                     uint64_t pages, uint64_t options, uint64_t number) {
    uint64_t cookie = 0;
    EXPECT_EQUAL(ask(host, PAGER_CALL_attach | options << PAGER_OPTIONS_SHIFT, pager_kind(kind), child->id, va,
                     pages | number << PAGER_SECOND_SHIFT, 0, &cookie),
                 PAGER_OK);
    set_region(host, child, va, pages, cookie, options);
    return cookie;
}

uint64_t host_fork(const struct host *host, uint64_t cookie, const struct os_child *child, uint64_t va, uint64_t pages,
                   uint64_t number) {
    uint64_t copy = 0;
    EXPECT_EQUAL(ask(host, PAGER_CALL_fork, cookie, child->id, va, 0, number, &copy), PAGER_OK);
    set_region(host, child, va, pages, copy, RIGHTS_ACCESS);
    return copy;
}

struct pager_stat host_stat(const struct host *host, uint64_t cookie) {
    struct pager_stat stat = {0};
    EXPECT_EQUAL(os_pager_stat(host->port, cookie, &stat), PAGER_OK);
    return stat;
}

void step(uint64_t number) { os_call(OS_CHILD_PORT, MESSAGE_CALL | number << TAG_LABEL_SHIFT, 0, 0, 0, 0, 0); }

struct message await(const struct os_child *child, uint64_t number) {
    struct message message = client_message(child);
    EXPECT_EQUAL(TAG_KIND(message.tag), MESSAGE_CALL);
    EXPECT_EQUAL(label_of(&message), number);
    return message;
}

void go_on(const struct message *message) { os_reply(message->token, VERDICT_REPLY, 0, 0, 0, 0, 0); }

void await_end(struct os_child *child) {
    struct message last;
    EXPECT(os_child_wait(child, &last));
}

// ---- what may fail ----

void lazy_alone(void (*function)(uint64_t argument), uint64_t number) {
    struct host host = host_start(HOST_QUOTA);
    struct os_child child = lazy_client(&host, function, LAZY_START, number);
    os_child_start(&child);
    suite_child_finish(&child);
    struct pager_stat stat = host_stat(&host, 0);
    EXPECT_EQUAL(stat.objects, 0);
    EXPECT_EQUAL(stat.frames, stat.frames_free);
    host_end(&host);
}

static volatile uint64_t error, failed_va;

static void note(struct upcall_registers *interrupted, struct os_fault *fault) {
    uint64_t code = FAULT_ERROR(TAG_LABEL(fault->message.tag));
    error = code >= FAULT_FAILED ? code - FAULT_FAILED : 1000 + code;
    failed_va = fault->message.word[1];
    suite_skip(interrupted);
}

uint64_t try_load(uint64_t va) {
    error = PAGER_OK;
    os_handler_set(note);
    load(va);
    return error;
}

uint64_t try_store(uint64_t va, uint64_t value) {
    error = PAGER_OK;
    os_handler_set(note);
    store(va, value);
    return error;
}

uint64_t write_until_refused(uint64_t va, uint64_t most) {
    for (uint64_t page = 0; page < most; page++) {
        uint64_t failed = try_store(at(va, page), page + 1);
        if (failed == PAGER_OK) continue;
        EXPECT_EQUAL(failed, PAGER_OUT_OF_MEMORY);
        return page;
    }
    return most;
}

uint64_t tried_va(void) { return failed_va; }
