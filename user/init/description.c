// SPDX-License-Identifier: MIT
// Reads the system description, line by line, as hostile input; then holds its lines against each other.
#include "description.h"

#include "format.h"
#include "judgement.h"
#include "string.h"
#include "value.h"

enum { SERVER = 1, PROGRAM = 2, BOTH = 3, PRIORITY = 8, QUOTA = 1024 };

enum option {
#define OPTION(name, whose, value, what) OPTION_##name,
#include "options.def"
#undef OPTION
    OPTION_COUNT,
};

static const struct {
    const char *name;
    unsigned whose;
    bool has_value;
} options[] = {
#define OPTION(name, whose, value, what) {#name, whose, sizeof(value) > 1},
#include "options.def"
#undef OPTION
};

// KIND or KIND:SIZE
static bool read_part(struct reader *reader, struct word rest, enum os_part part, struct description_memory *memory) {
    struct word kind;
    bool sized = value_until(&rest, ':', &kind);
    if (!value_name(reader, &kind, "a kind", &memory->kind)) return false;
    if (string_equal(memory->kind.text, "wired")) memory->kind.text[0] = '\0';
    if (!sized) return true;
    if (part != OS_PART_heap && part != OS_PART_stack)
        return REFUSE(reader, &rest, "only heap and stack have a size; the program says how large the rest is");
    uint32_t most = part == OS_PART_stack ? DESCRIPTION_STACK_MOST : DESCRIPTION_PAGES_MOST;
    if (!description_size(rest.text, rest.length, reader->machine->frames, &memory->pages) || memory->pages > most)
        return REFUSE(reader, &rest, "'%.*s' is no size; write one like 4M, 512K or 10%%, at most %uM", SHOWN(&rest),
                      most / 256);
    return true;
}

static bool read_server_option(struct reader *reader, enum option option, const struct word *value,
                               struct description_server *server) {
    switch (option) {
    case OPTION_program:
        return value_name(reader, value, "a file's name", &server->program);
    case OPTION_kinds:
        return value_names(reader, *value, "a kind", server->kind, &server->kind_count);
    case OPTION_backing:
        return value_names(reader, *value, "a server", server->backing, &server->backing_count);
    case OPTION_fallback:
        return value_name(reader, value, "a server", &server->fallback);
    case OPTION_device:
        return value_name(reader, value, "a kind of devices", &server->device);
    case OPTION_disk:
        return value_name(reader, value, "a disk's name", &server->disk);
    case OPTION_finish:
        return server->finish = true;
    case OPTION_operator:
        return server->operates = true;
    case OPTION_restart:
        return server->restart = true;
    case OPTION_quota:
        return value_quota(reader, value, &server->quota);
    case OPTION_rank:
        return value_number(reader, value, "rank", 1, DESCRIPTION_RANK_MOST - 1, &server->rank);
    case OPTION_priority:
        return value_number(reader, value, "priority", 0, DESCRIPTION_PRIORITY_MOST, &server->priority);
    case OPTION_data:
    case OPTION_bss:
    case OPTION_heap:
    case OPTION_pays:
    case OPTION_stack:
    case OPTION_COUNT:
        break;
    }
    return false;
}

static bool read_program_option(struct reader *reader, enum option option, const struct word *value,
                                struct description_program *program) {
    switch (option) {
    case OPTION_pays:
        return program->pays = true;
    case OPTION_quota:
        return value_quota(reader, value, &program->quota);
    case OPTION_rank:
        return value_number(reader, value, "rank", 1, DESCRIPTION_RANK_MOST, &program->rank);
    case OPTION_priority:
        return value_number(reader, value, "priority", 0, DESCRIPTION_PRIORITY_MOST, &program->priority);
#define PART(name, size, what) \
    case OPTION_##name:        \
        return read_part(reader, *value, OS_PART_##name, &program->part[OS_PART_##name]);
#include <os/parts.def>
#undef PART
    case OPTION_program:
    case OPTION_kinds:
    case OPTION_backing:
    case OPTION_fallback:
    case OPTION_device:
    case OPTION_disk:
    case OPTION_finish:
    case OPTION_operator:
    case OPTION_restart:
    case OPTION_COUNT:
        break;
    }
    return false;
}

static bool refuse_option(struct reader *reader, const struct word *word, unsigned whose) {
    char known[120] = "";
    size_t length = 0;
    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        if ((options[i].whose & whose) != 0)
            length += format_to(known + length, sizeof known - length, " %s", options[i].name);
    }
    return REFUSE(reader, word, "unknown word '%.*s'; this line takes:%s", SHOWN(word), known);
}

// The options behind the name: `server` or `program` is whose they are, the other is NULL.
static bool read_options(struct reader *reader, struct description_server *server,
                         struct description_program *program) {
    unsigned whose = server != NULL ? SERVER : PROGRAM, seen = 0;
    struct word name, value;
    while (value_next(reader, &value)) {
        const struct word whole = value;
        bool has_value = value_until(&value, '=', &name);
        enum option option = 0;
        while (option < OPTION_COUNT &&
               !(value_is(&name, options[option].name) && (options[option].whose & whose) != 0))
            option++;
        if (option == OPTION_COUNT) return refuse_option(reader, &whole, whose);
        if (has_value && !options[option].has_value)
            return REFUSE(reader, &value, "'%s' has no value: leave out what follows it", options[option].name);
        if (!has_value && options[option].has_value)
            return REFUSE(reader, &whole, "'%s' needs a value: %s=...", options[option].name, options[option].name);
        if ((seen >> option & 1) != 0) return REFUSE(reader, &whole, "'%s' is said twice", options[option].name);
        seen |= 1u << option;
        if (server != NULL && !read_server_option(reader, option, &value, server)) return false;
        if (server == NULL && !read_program_option(reader, option, &value, program)) return false;
    }
    return true;
}

static bool read_server(struct reader *reader) {
    struct description *description = reader->description;
    struct word name;
    value_next(reader, &name);
    if (description->server_count == DESCRIPTION_SERVERS)
        return REFUSE(reader, &name, "more than %u servers: let one host several kinds", DESCRIPTION_SERVERS);
    struct description_server *server = &description->server[description->server_count];
    *server = (struct description_server){.quota.value = QUOTA, .priority.value = PRIORITY};
    if (!value_name(reader, &name, "a server's name", &server->name)) return false;
    if (description_server(description, server->name.text) != NULL)
        return REFUSE(reader, &name, "there is a server '%s' already: give this one another name", server->name.text);
    server->program = server->name;
    description->server_count++;
    return read_options(reader, server, NULL);
}

// Lines `program` come before `memory` or behind it: what they do not say is filled in at the end.
static bool read_program(struct reader *reader) {
    struct description *description = reader->description;
    struct word name;
    value_next(reader, &name);
    if (description->program_count == DESCRIPTION_PROGRAMS)
        return REFUSE(reader, &name, "more than %u lines on programs", DESCRIPTION_PROGRAMS);
    struct description_program *program = &description->program[description->program_count];
    *program = (struct description_program){0};
    if (!value_name(reader, &name, "a program's name", &program->name)) return false;
    if (description_program(description, program->name.text) != &description->defaults)
        return REFUSE(reader, &name, "there is a line on the program '%s' already", program->name.text);
    description->program_count++;
    return read_options(reader, NULL, program);
}

static bool read_memory(struct reader *reader, const struct word *first) {
    struct description_program *defaults = &reader->description->defaults;
    if (defaults->name.place.line != 0)
        return REFUSE(reader, first, "line %u has said `memory` already: make one line of the two",
                      defaults->name.place.line);
    defaults->name.place = first->place;
    return read_options(reader, NULL, defaults);
}

static bool read_run(struct reader *reader, const struct word *first, bool waits) {
    struct description *description = reader->description;
    struct word program;
    const char *end = reader->end;
    value_next(reader, &program);
    bool operates = value_is(&program, "operator");
    if (operates) value_next(reader, &program);
    if (program.length == 0) return REFUSE(reader, &program, "a program's name is missing here");
    if (description->run_count == DESCRIPTION_RUNS)
        return REFUSE(reader, first, "more than %u programs to run: let one start the others", DESCRIPTION_RUNS);
    while (end > program.text && value_is_blank(end[-1])) end--;
    size_t length = (size_t)(end - program.text);
    struct description_run *run = &description->run[description->run_count++];
    if (length >= sizeof run->command)
        return REFUSE(reader, &program, "a command of more than %lu letters", sizeof run->command - 1);
    *run = (struct description_run){.place = program.place, .waits = waits, .operates = operates};
    memcpy(run->command, program.text, length);
    reader->at = reader->end;
    return true;
}

static bool read_finally(struct reader *reader) {
    struct word what, more;
    value_next(reader, &what);
    if (!value_is(&what, "poweroff") && !value_is(&what, "stay"))
        return REFUSE(reader, &what, "`finally` is followed by `poweroff` or `stay`");
    reader->description->ends = value_is(&what, "poweroff");
    return !value_next(reader, &more) ||
           REFUSE(reader, &more, "nothing follows `finally %s`", reader->description->ends ? "poweroff" : "stay");
}

static bool read_line(struct reader *reader) {
    struct word first;
    for (const char *at = reader->at; at < reader->end; at++) {
        if (*at == '#') {
            reader->end = at;
            break;
        }
        if ((unsigned char)*at < ' ' && !value_is_blank(*at))
            return description_refuse(reader->error, value_place(reader, at),
                                      "a control character: this is a text file");
    }
    if (!value_next(reader, &first)) return true;
    if (value_is(&first, "server")) return read_server(reader);
    if (value_is(&first, "program")) return read_program(reader);
    if (value_is(&first, "memory")) return read_memory(reader, &first);
    if (value_is(&first, "run")) return read_run(reader, &first, true);
    if (value_is(&first, "start")) return read_run(reader, &first, false);
    if (value_is(&first, "finally")) return read_finally(reader);
    return REFUSE(reader, &first, "unknown word '%.*s'; a line begins with: server memory program run start finally",
                  SHOWN(&first));
}

bool description_read(struct description *description, const char *text, size_t size,
                      const struct description_machine *machine, struct description_error *error) {
    *description = (struct description){0};
    *error = (struct description_error){{1, 1}, ""};
    if (size > DESCRIPTION_SIZE)
        return description_refuse(error, error->place, "more than %u bytes are no description", DESCRIPTION_SIZE);
    struct reader reader = {.description = description, .machine = machine, .error = error};
    for (const char *at = text, *end = text + size; at < end;) {
        reader.line = reader.at = at;
        while (at < end && *at != '\n') at++;
        reader.end = at++;
        reader.number++;
        if (reader.end - reader.line > DESCRIPTION_LINE)
            return description_refuse(error, value_place(&reader, reader.line + DESCRIPTION_LINE),
                                      "a line of more than %u letters", DESCRIPTION_LINE);
        if (!read_line(&reader)) return false;
    }
    return description_judge(description, machine, error);
}

const struct description_server *description_server(const struct description *description, const char *name) {
    for (uint32_t i = 0; i < description->server_count; i++) {
        if (string_equal(description->server[i].name.text, name)) return &description->server[i];
    }
    return NULL;
}

const struct description_server *description_host(const struct description *description, const char *kind) {
    for (uint32_t i = 0; i < description->server_count; i++) {
        for (uint32_t j = 0; j < description->server[i].kind_count; j++) {
            if (string_equal(description->server[i].kind[j].text, kind)) return &description->server[i];
        }
    }
    return NULL;
}

const struct description_program *description_program(const struct description *description, const char *name) {
    for (uint32_t i = 0; i < description->program_count; i++) {
        if (string_equal(description->program[i].name.text, name)) return &description->program[i];
    }
    return &description->defaults;
}
