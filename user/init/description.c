// SPDX-License-Identifier: MIT
// Reads the system description, line by line, as hostile input; then holds its lines against each other.
#include "description.h"

#include "format.h"
#include "judgement.h"
#include "string.h"

enum { PAGE = 4096, SERVER = 1, PROGRAM = 2, BOTH = 3, PRIORITY = 8, QUOTA = 1024 };

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

// A piece of the text.
struct word {
    const char *text;
    size_t length;
    struct description_place place;
};

struct reader {
    struct description *description;
    const struct description_machine *machine;
    struct description_error *error;
    const char *at, *end; // of what is left of the line
    const char *line;
    uint32_t number; // of the line
};

// Cut to what can be shown.
#define SHOWN(word) (int)((word)->length < 40 ? (word)->length : 40), (word)->text

#define REFUSE(reader, word, ...) description_refuse((reader)->error, (word)->place, __VA_ARGS__)

bool description_refuse(struct description_error *error, struct description_place place, const char *text, ...) {
    va_list arguments;
    va_start(arguments, text);
    format_list_to(error->text, sizeof error->text, text, arguments);
    va_end(arguments);
    error->place = place;
    return false;
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
}

static bool is(const struct word *word, const char *text) {
    return word->length == string_length(text) && memcmp(word->text, text, word->length) == 0;
}

static struct description_place place_of(const struct reader *reader, const char *at) {
    return (struct description_place){reader->number, (uint32_t)(at - reader->line) + 1};
}

// The next word of the line. => false: there is none
static bool next_word(struct reader *reader, struct word *word) {
    while (reader->at < reader->end && is_blank(*reader->at)) reader->at++;
    *word = (struct word){reader->at, 0, place_of(reader, reader->at)};
    while (reader->at < reader->end && !is_blank(*reader->at)) reader->at++;
    word->length = (size_t)(reader->at - word->text);
    return word->length != 0;
}

// Takes what stands before `divider` off the front of `rest`; all of it, when there is none. => whether there was one
static bool take_until(struct word *rest, char divider, struct word *front) {
    *front = *rest;
    for (size_t i = 0; i < rest->length; i++) {
        if (rest->text[i] != divider) continue;
        front->length = i;
        rest->text += i + 1;
        rest->length -= i + 1;
        rest->place.column += (uint32_t)i + 1;
        return true;
    }
    rest->text += rest->length;
    rest->place.column += (uint32_t)rest->length;
    rest->length = 0;
    return false;
}

static bool read_name(struct reader *reader, const struct word *word, const char *what, struct description_name *name) {
    if (word->length == 0) return REFUSE(reader, word, "%s is missing here", what);
    if (word->length >= DESCRIPTION_NAME)
        return REFUSE(reader, word, "%s '%.*s' is too long: %u letters at most", what, SHOWN(word),
                      DESCRIPTION_NAME - 1u);
    for (size_t i = 0; i < word->length; i++) {
        if (!is_letter(word->text[i]))
            return REFUSE(reader, word, "%s '%.*s' has something else than letters, digits, '-', '_' and '.'", what,
                          SHOWN(word));
    }
    *name = (struct description_name){.place = word->place};
    memcpy(name->text, word->text, word->length);
    return true;
}

static bool read_digits(const char *text, size_t length, uint64_t *value) {
    *value = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9' || i >= 12) return false;
        *value = *value * 10 + (uint64_t)(text[i] - '0');
    }
    return length > 0;
}

bool description_size(const char *word, size_t length, uint64_t whole, uint64_t *frames) {
    char unit = length > 0 ? word[length - 1] : '0';
    bool has_unit = unit < '0' || unit > '9';
    if (!read_digits(word, length - (has_unit ? 1 : 0), frames)) return false;
    if (unit == '%')
        *frames = *frames <= 100 ? whole / 100 * *frames + whole % 100 * *frames / 100 : 0;
    else if (unit == 'K' || unit == 'M' || unit == 'G')
        *frames = (*frames << (unit == 'K' ? 10 : unit == 'M' ? 20 : 30)) / PAGE;
    else if (has_unit)
        return false;
    return *frames != 0;
}

static bool read_quota(struct reader *reader, const struct word *word, struct description_number *number) {
    number->place = word->place;
    if (!description_size(word->text, word->length, reader->machine->frames, &number->value))
        return REFUSE(reader, word, "'%.*s' is no size; write one like 4M, 512K, 1024 (frames) or 10%%", SHOWN(word));
    if (number->value > reader->machine->frames)
        return REFUSE(reader, word, "a quota beyond memory: '%.*s' are %lu frames, and there are %lu to give",
                      SHOWN(word), number->value, reader->machine->frames);
    return true;
}

static bool read_number(struct reader *reader, const struct word *word, const char *what, uint64_t least, uint64_t most,
                        struct description_number *number) {
    number->place = word->place;
    if (!read_digits(word->text, word->length, &number->value) || number->value < least || number->value > most)
        return REFUSE(reader, word, "'%.*s' is no %s; write a number from %lu to %lu", SHOWN(word), what, least, most);
    return true;
}

// A list of names, divided by commas.
static bool read_names(struct reader *reader, struct word rest, const char *what, struct description_name *names,
                       uint32_t *count) {
    struct word word;
    bool more;
    do {
        more = take_until(&rest, ',', &word);
        if (*count == DESCRIPTION_KINDS) return REFUSE(reader, &word, "more than %u names here", DESCRIPTION_KINDS);
        if (!read_name(reader, &word, what, &names[*count])) return false;
        for (uint32_t i = 0; i < *count; i++) {
            if (string_equal(names[i].text, names[*count].text))
                return REFUSE(reader, &word, "'%s' is named twice: take one away", names[i].text);
        }
        (*count)++;
    } while (more);
    return true;
}

// KIND or KIND:SIZE
static bool read_part(struct reader *reader, struct word rest, enum os_part part, struct description_memory *memory) {
    struct word kind;
    bool sized = take_until(&rest, ':', &kind);
    if (!read_name(reader, &kind, "a kind", &memory->kind)) return false;
    if (string_equal(memory->kind.text, "wired")) memory->kind.text[0] = '\0';
    if (!sized) return true;
    if (part != OS_PART_heap && part != OS_PART_stack)
        return REFUSE(reader, &rest, "only heap and stack have a size; the program says how large the rest is");
    if (!description_size(rest.text, rest.length, reader->machine->frames, &memory->pages) ||
        memory->pages > DESCRIPTION_PAGES_MOST)
        return REFUSE(reader, &rest, "'%.*s' is no size; write one like 4M, 512K or 10%%, at most 1G", SHOWN(&rest));
    return true;
}

static bool read_server_option(struct reader *reader, enum option option, const struct word *value,
                               struct description_server *server) {
    switch (option) {
    case OPTION_program:
        return read_name(reader, value, "a file's name", &server->program);
    case OPTION_kinds:
        return read_names(reader, *value, "a kind", server->kind, &server->kind_count);
    case OPTION_backing:
        return read_names(reader, *value, "a server", server->backing, &server->backing_count);
    case OPTION_fallback:
        return read_name(reader, value, "a server", &server->fallback);
    case OPTION_restart:
        return server->restart = true;
    case OPTION_quota:
        return read_quota(reader, value, &server->quota);
    case OPTION_rank:
        return read_number(reader, value, "rank", 1, DESCRIPTION_RANK_MOST - 1, &server->rank);
    case OPTION_priority:
        return read_number(reader, value, "priority", 0, DESCRIPTION_PRIORITY_MOST, &server->priority);
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
        return read_quota(reader, value, &program->quota);
    case OPTION_rank:
        return read_number(reader, value, "rank", 1, DESCRIPTION_RANK_MOST, &program->rank);
    case OPTION_priority:
        return read_number(reader, value, "priority", 0, DESCRIPTION_PRIORITY_MOST, &program->priority);
#define PART(name, size, what) \
    case OPTION_##name:        \
        return read_part(reader, *value, OS_PART_##name, &program->part[OS_PART_##name]);
#include <os/parts.def>
#undef PART
    case OPTION_program:
    case OPTION_kinds:
    case OPTION_backing:
    case OPTION_fallback:
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
    while (next_word(reader, &value)) {
        const struct word whole = value;
        bool has_value = take_until(&value, '=', &name);
        enum option option = 0;
        while (option < OPTION_COUNT && !(is(&name, options[option].name) && (options[option].whose & whose) != 0))
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
    next_word(reader, &name);
    if (description->server_count == DESCRIPTION_SERVERS)
        return REFUSE(reader, &name, "more than %u servers: let one host several kinds", DESCRIPTION_SERVERS);
    struct description_server *server = &description->server[description->server_count];
    *server = (struct description_server){.quota.value = QUOTA, .priority.value = PRIORITY};
    if (!read_name(reader, &name, "a server's name", &server->name)) return false;
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
    next_word(reader, &name);
    if (description->program_count == DESCRIPTION_PROGRAMS)
        return REFUSE(reader, &name, "more than %u lines on programs", DESCRIPTION_PROGRAMS);
    struct description_program *program = &description->program[description->program_count];
    *program = (struct description_program){0};
    if (!read_name(reader, &name, "a program's name", &program->name)) return false;
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
    next_word(reader, &program);
    bool operates = is(&program, "operator");
    if (operates) next_word(reader, &program);
    if (program.length == 0) return REFUSE(reader, &program, "a program's name is missing here");
    if (description->run_count == DESCRIPTION_RUNS)
        return REFUSE(reader, first, "more than %u programs to run: let one start the others", DESCRIPTION_RUNS);
    while (end > program.text && is_blank(end[-1])) end--;
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
    next_word(reader, &what);
    if (!is(&what, "poweroff") && !is(&what, "stay"))
        return REFUSE(reader, &what, "`finally` is followed by `poweroff` or `stay`");
    reader->description->ends = is(&what, "poweroff");
    return !next_word(reader, &more) ||
           REFUSE(reader, &more, "nothing follows `finally %s`", reader->description->ends ? "poweroff" : "stay");
}

static bool read_line(struct reader *reader) {
    struct word first;
    for (const char *at = reader->at; at < reader->end; at++) {
        if (*at == '#') {
            reader->end = at;
            break;
        }
        if ((unsigned char)*at < ' ' && !is_blank(*at))
            return description_refuse(reader->error, place_of(reader, at), "a control character: this is a text file");
    }
    if (!next_word(reader, &first)) return true;
    if (is(&first, "server")) return read_server(reader);
    if (is(&first, "program")) return read_program(reader);
    if (is(&first, "memory")) return read_memory(reader, &first);
    if (is(&first, "run")) return read_run(reader, &first, true);
    if (is(&first, "start")) return read_run(reader, &first, false);
    if (is(&first, "finally")) return read_finally(reader);
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
            return description_refuse(error, place_of(&reader, reader.line + DESCRIPTION_LINE),
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
