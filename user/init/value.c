// SPDX-License-Identifier: MIT
// The words of a line of the system description, and what they can stand for: names, sizes, numbers.
#include "value.h"

#include "format.h"
#include "string.h"

enum { PAGE = 4096 };

bool description_refuse(struct description_error *error, struct description_place place, const char *text, ...) {
    va_list arguments;
    va_start(arguments, text);
    format_list_to(error->text, sizeof error->text, text, arguments);
    va_end(arguments);
    error->place = place;
    return false;
}

bool value_is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
}

bool value_is(const struct word *word, const char *text) {
    return word->length == string_length(text) && memcmp(word->text, text, word->length) == 0;
}

struct description_place value_place(const struct reader *reader, const char *at) {
    return (struct description_place){reader->number, (uint32_t)(at - reader->line) + 1};
}

bool value_next(struct reader *reader, struct word *word) {
    while (reader->at < reader->end && value_is_blank(*reader->at)) reader->at++;
    *word = (struct word){reader->at, 0, value_place(reader, reader->at)};
    while (reader->at < reader->end && !value_is_blank(*reader->at)) reader->at++;
    word->length = (size_t)(reader->at - word->text);
    return word->length != 0;
}

bool value_until(struct word *rest, char divider, struct word *front) {
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

bool value_name(struct reader *reader, const struct word *word, const char *what, struct description_name *name) {
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

static bool value_digits(const char *text, size_t length, uint64_t *value) {
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
    if (!value_digits(word, length - (has_unit ? 1 : 0), frames)) return false;
    if (unit == '%')
        *frames = *frames <= 100 ? whole / 100 * *frames + whole % 100 * *frames / 100 : 0;
    else if (unit == 'K')
        *frames /= PAGE / 1024;
    else if (unit == 'M' || unit == 'G') // 12 digits of G are less than 2^58 frames
        *frames *= (UINT64_C(1) << (unit == 'M' ? 20 : 30)) / PAGE;
    else if (has_unit)
        return false;
    return *frames != 0;
}

bool value_quota(struct reader *reader, const struct word *word, struct description_number *number) {
    number->place = word->place;
    if (!description_size(word->text, word->length, reader->machine->frames, &number->value))
        return REFUSE(reader, word, "'%.*s' is no size; write one like 4M, 512K, 1024 (frames) or 10%%", SHOWN(word));
    if (number->value > reader->machine->frames)
        return REFUSE(reader, word, "a quota beyond memory: '%.*s' are %lu frames, and there are %lu to give",
                      SHOWN(word), number->value, reader->machine->frames);
    return true;
}

bool value_number(struct reader *reader, const struct word *word, const char *what, uint64_t least, uint64_t most,
                  struct description_number *number) {
    number->place = word->place;
    if (!value_digits(word->text, word->length, &number->value) || number->value < least || number->value > most)
        return REFUSE(reader, word, "'%.*s' is no %s; write a number from %lu to %lu", SHOWN(word), what, least, most);
    return true;
}

// A list of names, divided by commas.
bool value_names(struct reader *reader, struct word rest, const char *what, struct description_name *names,
                 uint32_t *count) {
    struct word word;
    bool more;
    do {
        more = value_until(&rest, ',', &word);
        if (*count == DESCRIPTION_KINDS) return REFUSE(reader, &word, "more than %u names here", DESCRIPTION_KINDS);
        if (!value_name(reader, &word, what, &names[*count])) return false;
        for (uint32_t i = 0; i < *count; i++) {
            if (string_equal(names[i].text, names[*count].text))
                return REFUSE(reader, &word, "'%s' is named twice: take one away", names[i].text);
        }
        (*count)++;
    } while (more);
    return true;
}
