// SPDX-License-Identifier: MIT
// Requests to init.
#include <os/process.h>

#include <os/stubs.h>
#include <os/threads.h>

#include "process_start.h"
#include "string.h"

const struct os_start_block *os_start;

uint64_t os_init_tag(enum os_init_call call) { return MESSAGE_CALL | (uint64_t)call << TAG_LABEL_SHIFT; }

static struct message ask(enum os_init_call call, uint64_t flags, uint64_t value, uint64_t handle) {
    struct message answer = os_call(OS_SLOT_INIT, os_init_tag(call) | flags, value, 0, 0, 0, handle);
    if (answer.status == STATUS_OK) answer.status = answer.word[0];
    return answer;
}

static struct message ask_text(enum os_init_call call, const char *text) {
    size_t length = string_length(text) + 1;
    if (length > MESSAGE_PAGE_SIZE) length = MESSAGE_PAGE_SIZE; // it will be refused
    memcpy(os_self()->message, text, length);
    return ask(call, TAG_TEXT | length << TAG_TEXT_SHIFT, 0, 0);
}

const char *os_argument(unsigned number) {
    return number < os_argument_count() ? os_start->words + os_start->argument[number] : NULL;
}

unsigned os_argument_count(void) { return os_start != NULL ? os_start->argument_count : 0; }

struct result os_lookup(const char *name) {
    struct message answer = ask_text(OS_INIT_lookup, name);
    return (struct result){answer.status, answer.handle};
}

uint64_t os_announce(uint64_t port) {
    struct result copy = os_mint(port, HANDLE_SEND | HANDLE_MINT | HANDLE_PASS, 0);
    if (copy.status != STATUS_OK) return copy.status;
    uint64_t status = ask(OS_INIT_announce, TAG_HANDLE, 0, copy.value).status;
    os_close(copy.value);
    return status;
}

struct result os_spawn(const char *command) {
    struct message answer = ask_text(OS_INIT_spawn, command);
    return (struct result){answer.status, answer.word[1]};
}

struct os_end os_wait(uint64_t process) {
    struct message answer = ask(OS_INIT_wait, 0, process, 0);
    return (struct os_end){answer.status, answer.word[1], answer.word[2], answer.word[3]};
}

uint64_t os_kill(uint64_t process) { return ask(OS_INIT_kill, 0, process, 0).status; }

struct result os_find(const char *name) {
    struct message answer = ask_text(OS_INIT_find, name);
    return (struct result){answer.status, answer.word[1]};
}

bool os_look(uint64_t process, struct os_process *found) {
    struct message answer = ask(OS_INIT_look, 0, process, 0);
    if (answer.status != STATUS_OK) return false;
    memcpy(found, os_self()->message, sizeof *found);
    return true;
}

void os_process_exit(int status) { ask(OS_INIT_exit, 0, (uint64_t)(unsigned)status, 0); }
