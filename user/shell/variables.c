// SPDX-License-Identifier: MIT
// The shell's variables: a small table of lists, and the stack of values that local ones hide.
#include "variables.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 64 };

struct variable {
    struct variable *next;
    char *name, *value; // value: NULL when it is not set
    bool exported, frozen;
};

struct hidden {
    struct hidden *before;
    char *name, *value;
    bool exported;
};

struct parameters parameters;

static struct variable *variables[BUCKETS];
static struct hidden *hidden_last;
static size_t hidden_count;

static struct variable **bucket_of(const char *name) {
    unsigned sum = 0;
    for (const char *p = name; *p != '\0'; p++) sum = sum * 31 + (unsigned char)*p;
    return &variables[sum % BUCKETS];
}

static struct variable *look_up(const char *name) {
    struct variable *variable = *bucket_of(name);
    while (variable != NULL && strcmp(variable->name, name) != 0) variable = variable->next;
    return variable;
}

// => made, if there is none
static struct variable *find(const char *name) {
    struct variable *found = look_up(name), **bucket = bucket_of(name);
    if (found != NULL) return found;
    struct variable *made = memory_take(sizeof *made);
    *made = (struct variable){.next = *bucket, .name = memory_copy(name)};
    return *bucket = made;
}

const char *variable_get(const char *name) {
    const struct variable *variable = look_up(name);
    return variable != NULL ? variable->value : NULL;
}

static void put(struct variable *variable, const char *value) {
    char *copy = value != NULL ? memory_copy(value) : NULL; // before the old one goes: it may be the same
    free(variable->value);
    variable->value = copy;
}

bool variable_set(const char *name, const char *value) {
    struct variable *variable = find(name);
    if (variable->frozen) return false;
    put(variable, value);
    return true;
}

bool variable_unset(const char *name) {
    struct variable *variable = find(name);
    if (variable->frozen) return false;
    put(variable, NULL);
    variable->exported = false;
    return true;
}

void variable_export(const char *name) { find(name)->exported = true; }

void variable_freeze(const char *name) { find(name)->frozen = true; }

bool variable_is_name(const char *name) {
    if (!isalpha((unsigned char)*name) && *name != '_') return false;
    while (isalnum((unsigned char)*name) || *name == '_') name++;
    return *name == '\0';
}

size_t variables_mark(void) { return hidden_count; }

void variable_local(const char *name) {
    const struct variable *variable = find(name);
    struct hidden *hidden = memory_take(sizeof *hidden);
    *hidden = (struct hidden){.before = hidden_last,
                              .name = memory_copy(name),
                              .exported = variable->exported,
                              .value = variable->value != NULL ? memory_copy(variable->value) : NULL};
    hidden_last = hidden;
    hidden_count++;
}

void variables_restore(size_t mark) {
    while (hidden_count > mark) {
        struct hidden *hidden = hidden_last;
        struct variable *variable = find(hidden->name);
        put(variable, hidden->value);
        variable->exported = hidden->exported;
        hidden_last = hidden->before;
        hidden_count--;
        free(hidden->name);
        free(hidden->value);
        free(hidden);
    }
}

static int by_name(const void *left, const void *right) {
    const struct variable *const *one = left, *const *other = right;
    return strcmp((*one)->name, (*other)->name);
}

// => all of them, sorted; memory_take'n
static struct variable **all(size_t *count) {
    *count = 0;
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct variable *one = variables[i]; one != NULL; one = one->next) ++*count;
    }
    struct variable **list = memory_take((*count + 1) * sizeof(struct variable *));
    size_t n = 0;
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct variable *one = variables[i]; one != NULL; one = one->next) list[n++] = one;
    }
    if (n > 0) qsort(list, n, sizeof(struct variable *), by_name);
    return list;
}

char **variables_environment(void) {
    size_t count, n = 0;
    struct variable **list = all(&count);
    char **environment = memory_take((count + 1) * sizeof(char *));
    for (size_t i = 0; i < count; i++) {
        if (!list[i]->exported || list[i]->value == NULL) continue;
        struct text text = {0};
        text_add_format(&text, "%s=%s", list[i]->name, list[i]->value);
        environment[n++] = text.bytes;
    }
    free(list);
    return environment;
}

void variables_import(char **environment) {
    for (; *environment != NULL; environment++) {
        const char *equals = strchr(*environment, '=');
        if (equals == NULL) continue;
        struct text name = {0};
        text_add(&name, *environment, (size_t)(equals - *environment));
        if (variable_is_name(text_string(&name))) {
            variable_set(name.bytes, equals + 1);
            variable_export(name.bytes);
        }
        text_free(&name);
    }
}

void text_add_quoted(struct text *text, const char *value) {
    text_add_char(text, '\'');
    for (; *value != '\0'; value++) {
        if (*value == '\'') {
            text_add_string(text, "'\\''");
        } else {
            text_add_char(text, *value);
        }
    }
    text_add_char(text, '\'');
}

void variables_show(enum variables_shown which, struct text *text) {
    size_t count;
    struct variable **list = all(&count);
    for (size_t i = 0; i < count; i++) {
        const struct variable *one = list[i];
        bool wanted = which == SHOW_ALL ? one->value != NULL : which == SHOW_EXPORTED ? one->exported : one->frozen;
        if (!wanted) continue;
        text_add_string(text, which == SHOW_ALL ? "" : which == SHOW_EXPORTED ? "export " : "readonly ");
        text_add_string(text, one->name);
        if (one->value != NULL) {
            text_add_char(text, '=');
            text_add_quoted(text, one->value);
        }
        text_add_char(text, '\n');
    }
    free(list);
}

void parameters_set(char *const *values, size_t count) {
    struct parameters fresh = {memory_take((count + 1) * sizeof(char *)), count};
    for (size_t i = 0; i < count; i++) fresh.values[i] = memory_copy(values[i]);
    parameters_free(&parameters);
    parameters = fresh;
}

void parameters_free(struct parameters *old) {
    for (size_t i = 0; i < old->count; i++) free(old->values[i]);
    free(old->values);
    *old = (struct parameters){0};
}
