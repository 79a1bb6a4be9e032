// SPDX-License-Identifier: MIT
// What init says on the console.
#include "report.h"

#include <os/pager_protocol.h>
#include <os/print.h>

#include "string.h"

enum { LINE = 120 };

static void report_parts(const struct description *description, const struct description_program *program) {
    static const char *const names[] = {
#define PART(name, size, what) #name,
#include <os/parts.def>
#undef PART
    };
    os_print("init: memory of %s:", program == &description->defaults ? "programs" : program->name.text);
    for (unsigned i = 0; i < OS_PARTS; i++) {
        const char *kind = program->part[i].kind.text;
        const struct description_server *host = description_host(description, kind);
        if (host == NULL)
            os_print(" %s wired%s", names[i], i + 1 < OS_PARTS ? "," : "\n");
        else
            os_print(" %s %s (%s)%s", names[i], kind, host->name.text, i + 1 < OS_PARTS ? "," : "\n");
    }
}

void report_begin(const struct description *description) {
    os_print("init: %u server%s, %u program%s to run; Ctrl-A X leaves, Ctrl-T shows who waits for whom\n",
             description->server_count, description->server_count == 1 ? "" : "s", description->run_count,
             description->run_count == 1 ? "" : "s");
    for (uint32_t i = 0; i < description->server_count; i++) {
        const struct description_server *server = &description->server[i];
        os_print("init: server %s: rank %lu, priority %lu, %lu KiB%s%s", server->name.text, server->rank.value,
                 server->priority.value, server->quota.value * 4, server->restart ? ", restart" : "",
                 server->kind_count != 0 ? ", hosts" : "");
        for (uint32_t j = 0; j < server->kind_count; j++) os_print(" %s", server->kind[j].text);
        os_print("\n");
    }
    report_parts(description, &description->defaults);
    for (uint32_t i = 0; i < description->program_count; i++) report_parts(description, &description->program[i]);
}

void report_refusal(const struct description_error *error) {
    os_print("init: cannot start: system:%u:%u: %s\n", error->place.line, error->place.column, error->text);
}

static const char *error_sentence(uint64_t error) {
    switch (error) {
    case FAULT_NO_REGION:
        return "nothing is at that address";
    case FAULT_NO_RIGHT:
        return "that is not allowed there";
    case FAULT_DEAD:
        return "its pager is gone";
    case FAULT_LATE:
        return "its pager did not answer in time";
    default:
        return error < FAULT_FAILED ? "nobody answers for it" : pager_error_sentence(error - FAULT_FAILED);
    }
}

void report_fault(const struct ward *ward, const struct message *message) {
    static const char *const accesses[] = {"a read of", "a write to", "a jump to"};
    uint64_t label = TAG_LABEL(message->tag), access = FAULT_ACCESS(label), error = FAULT_ERROR(label);
    uint64_t va = message->word[1], pc = message->word[3];
    os_print("init: %s (process %u) is ended: ", ward->name, ward->number);
    switch (access) {
    case FAULT_READ:
    case FAULT_WRITE:
    case FAULT_EXECUTE:
        os_print("%s 0x%lx, pc 0x%lx: %s\n", accesses[access], va, pc, error_sentence(error));
        break;
    case FAULT_EXCEPTION:
        os_print("exception %lu, value 0x%lx, pc 0x%lx\n", message->word[2], va, pc);
        break;
    case FAULT_CALL:
        os_print("system call %lu, which is not Pagoda's, pc 0x%lx\n", message->word[2], pc);
        break;
    default:
        os_print("a system call with an argument that cannot be, pc 0x%lx\n", pc);
        break;
    }
}

void report_end(const char *command, const struct ward *ward) {
    if (ward->how == OS_ENDED_EXIT)
        os_print("init: `%s` has ended with status %lu\n", command, ward->value);
    else
        os_print("init: `%s` %s\n", command, ward->how == OS_ENDED_FAULT ? "was ended by a fault" : "was killed");
}
