// SPDX-License-Identifier: MIT
// The words of a line of the system description, and what they can stand for: names, sizes, numbers.
#pragma once

#include "description.h"
#include "judgement.h"

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

bool value_is_blank(char c);
bool value_is(const struct word *word, const char *text);
struct description_place value_place(const struct reader *reader, const char *at);

// The next word of the line. => false: there is none
bool value_next(struct reader *reader, struct word *word);

// Takes what stands before `divider` off the front of `rest`; all of it, when there is none. => whether there was one
bool value_until(struct word *rest, char divider, struct word *front);

// => false, and the error is told
bool value_name(struct reader *reader, const struct word *word, const char *what, struct description_name *name);
bool value_names(struct reader *reader, struct word rest, const char *what, struct description_name *names,
                 uint32_t *count);
bool value_quota(struct reader *reader, const struct word *word, struct description_number *number);
bool value_number(struct reader *reader, const struct word *word, const char *what, uint64_t least, uint64_t most,
                  struct description_number *number);
