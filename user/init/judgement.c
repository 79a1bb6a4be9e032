// SPDX-License-Identifier: MIT
// Whether what a description says can be: names, ranks, quotas held against each other and against the machine.
#include "judgement.h"

#include "string.h"

enum { PROGRAM_QUOTA = 1024, PROGRAM_PRIORITY = 8, UNKNOWN = 0, ON_THE_WAY = 256 }; // the two are no ranks

static bool judge_files(const struct description *description, const struct description_machine *machine,
                        struct description_error *error) {
    for (uint32_t i = 0; i < description->server_count; i++) {
        const struct description_name *program = &description->server[i].program;
        if (!machine->has_file(machine->context, program->text))
            return description_refuse(error, program->place, "the boot image has no program '%s'", program->text);
    }
    for (uint32_t i = 0; i < description->program_count; i++) {
        const struct description_name *name = &description->program[i].name;
        if (!machine->has_file(machine->context, name->text))
            return description_refuse(error, name->place, "the boot image has no program '%s'", name->text);
    }
    for (uint32_t i = 0; i < description->run_count; i++) {
        char name[DESCRIPTION_COMMAND];
        const struct description_run *run = &description->run[i];
        size_t length = 0;
        for (; run->command[length] != '\0' && run->command[length] != ' ' && run->command[length] != '\t'; length++)
            name[length] = run->command[length];
        name[length] = '\0';
        if (!machine->has_file(machine->context, name))
            return description_refuse(error, run->place, "the boot image has no program '%.40s'", name);
    }
    return true;
}

// Each kind has one host, and no other server's name: a name is all that one asks for.
static bool judge_kinds(const struct description *description, struct description_error *error) {
    for (uint32_t i = 0; i < description->server_count; i++) {
        const struct description_server *server = &description->server[i];
        for (uint32_t j = 0; j < server->kind_count; j++) {
            const struct description_server *host = description_host(description, server->kind[j].text);
            const struct description_server *namesake = description_server(description, server->kind[j].text);
            if (string_equal(server->kind[j].text, "wired"))
                return description_refuse(error, server->kind[j].place,
                                          "'wired' is no server's to host: it is what needs no pager");
            if (namesake != NULL && namesake != server)
                return description_refuse(error, server->kind[j].place,
                                          "the kind '%s' has the name of another server: rename that one",
                                          server->kind[j].text);
            if (host != server)
                return description_refuse(error, server->kind[j].place,
                                          "the kind '%s' is hosted by '%s' already: take it away from one of the two",
                                          server->kind[j].text, host->name.text);
        }
    }
    return true;
}

// Devices are one server's: two would get in each other's way.
static bool judge_devices(const struct description *description, struct description_error *error) {
    for (uint32_t i = 0; i < description->server_count; i++) {
        const struct description_name *device = &description->server[i].device;
        if (device->text[0] == '\0') continue;
        if (!string_equal(device->text, "virtio-mmio") && !string_equal(device->text, "virtio-random") &&
            !string_equal(device->text, "uart-16550"))
            return description_refuse(error, device->place,
                                      "unknown devices '%s'; there are: virtio-mmio virtio-random uart-16550",
                                      device->text);
        for (uint32_t j = 0; j < i; j++) {
            if (string_equal(device->text, description->server[j].device.text))
                return description_refuse(
                    error, device->place,
                    "the devices '%s' are driven by '%s' already: take them away from one of the two", device->text,
                    description->server[j].name.text);
        }
    }
    return true;
}

static struct description_server *find(struct description *description, const struct description_name *name,
                                       struct description_error *error) {
    for (uint32_t i = 0; i < description->server_count; i++) {
        if (string_equal(description->server[i].name.text, name->text)) return &description->server[i];
    }
    description_refuse(error, name->place, "there is no server '%s'", name->text);
    return NULL;
}

// The least rank above all that the server asks. `rank` holds what is known; ON_THE_WAY: it is being asked for.
static bool rank_server(struct description *description, struct description_server *server, uint32_t *rank,
                        struct description_error *error) {
    uint32_t *mine = &rank[server - description->server], least = 1;
    if (*mine != UNKNOWN) return true;
    *mine = ON_THE_WAY;
    for (uint32_t i = 0; i < server->backing_count; i++) {
        struct description_server *backing = find(description, &server->backing[i], error);
        if (backing == NULL) return false;
        uint32_t *its = &rank[backing - description->server];
        if (*its == ON_THE_WAY)
            return description_refuse(error, server->backing[i].place,
                                      "a rank cycle: '%s' asks '%s', which asks it again; who is asked stands lower",
                                      server->name.text, backing->name.text);
        if (!rank_server(description, backing, rank, error)) return false; // no deeper than there are servers
        least = *its >= least ? *its + 1 : least;
    }
    if (server->rank.place.line != 0 && server->rank.value < least)
        return description_refuse(error, server->rank.place,
                                  "rank %lu is not above those that '%s' asks: give it %u or more", server->rank.value,
                                  server->name.text, least);
    if (server->rank.place.line == 0) server->rank.value = least;
    if (server->rank.value >= DESCRIPTION_RANK_MOST)
        return description_refuse(error, server->name.place, "no rank is left for '%s': give those that it asks less",
                                  server->name.text);
    *mine = (uint32_t)server->rank.value;
    return true;
}

static bool judge_ranks(struct description *description, struct description_error *error) {
    uint32_t rank[DESCRIPTION_SERVERS] = {UNKNOWN};
    for (uint32_t i = 0; i < description->server_count; i++) {
        if (!rank_server(description, &description->server[i], rank, error)) return false;
    }
    return true;
}

static bool judge_quotas(const struct description *description, const struct description_machine *machine,
                         struct description_error *error) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < description->server_count; i++) {
        const struct description_server *server = &description->server[i];
        const struct description_number *quota = &server->quota;
        sum += quota->value + 1;
        if (sum > machine->frames)
            return description_refuse(error, quota->place.line != 0 ? quota->place : server->name.place,
                                      "quotas beyond memory: the servers up to '%s' have %lu frames, and there are %lu",
                                      server->name.text, sum, machine->frames);
    }
    return true;
}

static void fill_in(struct description_number *number, const struct description_number *otherwise) {
    if (number->place.line == 0) *number = *otherwise;
}

static void fill_defaults(struct description *description, const struct description_machine *machine) {
    struct description_program *defaults = &description->defaults;
    const struct description_number quota = {.value = PROGRAM_QUOTA < machine->frames / 4 ? PROGRAM_QUOTA
                                                                                          : machine->frames / 4};
    const struct description_number priority = {.value = PROGRAM_PRIORITY};
    fill_in(&defaults->quota, &quota);
    fill_in(&defaults->priority, &priority);
#define PART(name, size, what) \
    if (defaults->part[OS_PART_##name].pages == 0) defaults->part[OS_PART_##name].pages = (size) / 4;
#include <os/parts.def>
#undef PART
    for (uint32_t i = 0; i < description->program_count; i++) {
        struct description_program *program = &description->program[i];
        fill_in(&program->quota, &defaults->quota);
        fill_in(&program->priority, &defaults->priority);
        fill_in(&program->rank, &defaults->rank);
        program->pays = program->pays || defaults->pays;
        for (unsigned part = 0; part < OS_PARTS; part++) {
            struct description_memory *memory = &program->part[part];
            if (memory->kind.place.line == 0) memory->kind = defaults->part[part].kind;
            if (memory->pages == 0) memory->pages = defaults->part[part].pages;
        }
    }
}

static bool refuse_kind(const struct description *description, const struct description_name *kind,
                        struct description_error *error) {
    char known[100] = " wired";
    size_t length = string_length(known);
    for (uint32_t i = 0; i < description->server_count; i++) {
        for (uint32_t j = 0; j < description->server[i].kind_count; j++) {
            const char *name = description->server[i].kind[j].text;
            if (length + 1 + string_length(name) >= sizeof known) continue;
            known[length++] = ' ';
            memcpy(known + length, name, string_length(name) + 1);
            length += string_length(name);
        }
    }
    return description_refuse(error, kind->place, "unknown kind '%s': no server hosts it; there are:%s", kind->text,
                              known);
}

// Its kinds are hosted, by servers of lower rank; its fallbacks too.
static bool judge_program(struct description *description, struct description_program *program,
                          struct description_error *error) {
    uint64_t least = 1;
    for (unsigned part = 0; part < OS_PARTS; part++) {
        const struct description_name *kind = &program->part[part].kind;
        if (kind->text[0] == '\0') continue;
        const struct description_server *host = description_host(description, kind->text);
        if (host == NULL) return refuse_kind(description, kind, error);
        least = host->rank.value >= least ? host->rank.value + 1 : least;
        if (host->fallback.text[0] == '\0') continue;
        const struct description_server *fallback = find(description, &host->fallback, error);
        if (fallback == NULL) return false;
        least = fallback->rank.value >= least ? fallback->rank.value + 1 : least;
    }
    if (program->rank.place.line == 0) {
        for (uint32_t i = 0; i < description->server_count; i++) // it may come to use any of them
            least = description->server[i].rank.value >= least ? description->server[i].rank.value + 1 : least;
        program->rank.value = least;
    }
    if (program->rank.value < least)
        return description_refuse(error, program->rank.place,
                                  "rank %lu is not above the servers that serve its memory: give it %lu or more",
                                  program->rank.value, least);
    return true;
}

bool description_judge(struct description *description, const struct description_machine *machine,
                       struct description_error *error) {
    fill_defaults(description, machine);
    if (!judge_files(description, machine, error) || !judge_kinds(description, error) ||
        !judge_devices(description, error) || !judge_ranks(description, error) ||
        !judge_quotas(description, machine, error))
        return false;
    for (uint32_t i = 0; i < description->server_count; i++) {
        const struct description_name *fallback = &description->server[i].fallback;
        if (string_equal(fallback->text, description->server[i].name.text))
            return description_refuse(error, fallback->place, "'%s' cannot answer when it is dead itself: name another",
                                      fallback->text);
        if (fallback->text[0] != '\0' && find(description, fallback, error) == NULL) return false;
    }
    if (!judge_program(description, &description->defaults, error)) return false;
    for (uint32_t i = 0; i < description->program_count; i++) {
        if (!judge_program(description, &description->program[i], error)) return false;
    }
    return true;
}
