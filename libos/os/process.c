// SPDX-License-Identifier: MIT
// Requests to init.
#include <os/process.h>

#include <os/stubs.h>
#include <os/threads.h>

#include "process_start.h"
#include "string.h"

const struct os_start_block *os_start;

static struct message ask_two(enum os_init_call call, uint64_t flags, uint64_t value, uint64_t second,
                              uint64_t handle) {
    uint64_t tag = MESSAGE_CALL | flags | (uint64_t)call << TAG_LABEL_SHIFT;
    struct message answer = os_call(OS_SLOT_INIT, tag, value, second, 0, 0, handle);
    if (answer.status == STATUS_OK) answer.status = answer.word[0];
    return answer;
}

struct message os_init_ask(enum os_init_call call, uint64_t flags, uint64_t value, uint64_t handle) {
    return ask_two(call, flags, value, 0, handle);
}

static struct message ask_text(enum os_init_call call, const char *text, uint64_t value) {
    size_t length = string_length(text) + 1;
    if (length > MESSAGE_PAGE_SIZE) length = MESSAGE_PAGE_SIZE; // it will be refused
    memcpy(os_self()->message, text, length);
    return os_init_ask(call, TAG_TEXT | length << TAG_TEXT_SHIFT, value, 0);
}

const char *os_argument(unsigned number) {
    return number < os_argument_count() ? os_start->words + os_start->argument[number] : NULL;
}

unsigned os_argument_count(void) { return os_start != NULL ? os_start->argument_count : 0; }

struct message os_process_lookup(const char *name, uint64_t heir) {
    return ask_text(OS_INIT_lookup, name, heir);
}

struct result os_lookup_for(const char *name, uint64_t heir) {
    struct message answer = os_process_lookup(name, heir);
    return (struct result){answer.status, answer.handle};
}

struct result os_lookup(const char *name) {
    return os_lookup_for(name, 0);
}

uint64_t os_announce(uint64_t port) {
    struct result copy = os_mint(port, HANDLE_SEND | HANDLE_NOTIFY | HANDLE_MINT | HANDLE_PASS, 0);
    if (copy.status != STATUS_OK) return copy.status;
    uint64_t status = os_init_ask(OS_INIT_announce, TAG_HANDLE, 0, copy.value).status;
    os_close(copy.value);
    return status;
}

struct result os_watch(const char *name, uint64_t port, uint64_t bits) {
    struct result copy = os_mint(port, HANDLE_NOTIFY | HANDLE_PASS, 0);
    if (copy.status != STATUS_OK) return copy;
    size_t length = string_length(name) + 1;
    if (length > MESSAGE_PAGE_SIZE) length = MESSAGE_PAGE_SIZE;
    memcpy(os_self()->message, name, length);
    struct message answer =
        os_init_ask(OS_INIT_watch, TAG_HANDLE | TAG_TEXT | length << TAG_TEXT_SHIFT, bits, copy.value);
    os_close(copy.value);
    return (struct result){answer.status, answer.word[1]};
}

void os_unwatch(uint64_t number) { os_init_ask(OS_INIT_unwatch, 0, number, 0); }

uint64_t os_end_machine(bool restarts, uint64_t value) {
    return os_init_ask(OS_INIT_finish, restarts ? POWER_HOW_REBOOT : POWER_HOW_OFF, value, 0).status;
}

struct result os_spawn(const char *command) {
    struct message answer = ask_text(OS_INIT_spawn, command, 0);
    return (struct result){answer.status, answer.word[1]};
}

struct os_end os_wait(uint64_t process) {
    struct message answer = os_init_ask(OS_INIT_wait, 0, process, 0);
    return (struct os_end){answer.status, answer.word[1], answer.word[2], answer.word[3]};
}

uint64_t os_kill(uint64_t process) { return os_init_ask(OS_INIT_kill, 0, process, 0).status; }

struct result os_find(const char *name) {
    struct message answer = ask_text(OS_INIT_find, name, 0);
    return (struct result){answer.status, answer.word[1]};
}

bool os_look(uint64_t process, struct os_process *found) {
    struct message answer = os_init_ask(OS_INIT_look, 0, process, 0);
    if (answer.status != STATUS_OK) return false;
    memcpy(found, os_self()->message, sizeof *found);
    return true;
}

bool os_look_kin(uint64_t process, struct os_kin *kin) {
    struct message answer = os_init_ask(OS_INIT_kin, 0, process, 0);
    *kin = (struct os_kin){answer.word[1], answer.word[2], answer.word[3] != 0};
    return answer.status == STATUS_OK;
}

bool os_look_piece(uint64_t process, unsigned number, struct os_piece *piece) {
    if (ask_two(OS_INIT_piece, 0, process, number, 0).status != STATUS_OK) return false;
    memcpy(piece, os_self()->message, sizeof *piece);
    return true;
}

bool os_look_memory(uint64_t *pages, uint64_t *used) {
    struct message answer = os_init_ask(OS_INIT_memory, 0, 0, 0);
    *pages = answer.word[1];
    *used = answer.word[2];
    return answer.status == STATUS_OK;
}

bool os_look_server(unsigned number, char *text, size_t size) {
    struct message answer = os_init_ask(OS_INIT_server, 0, number, 0);
    size_t length = TAG_TEXT_SIZE(answer.tag);
    if (answer.status != STATUS_OK || length == 0 || length > size) return false;
    memcpy(text, os_self()->message, length);
    return true;
}

void os_process_exit(int status) { os_init_ask(OS_INIT_exit, 0, (uint64_t)(unsigned)status, 0); }
