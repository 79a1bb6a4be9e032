// SPDX-License-Identifier: MIT
// What the word before the cursor may become.
#include "completion.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builtin.h"
#include "variables.h"

enum { MOST = 2000 };

static const char special[] = " \t\n'\"\\$`*?[]|&;<>(){}#!~";

static void add(struct completion *completion, const char *name, const char *prefix) {
    if (strncmp(name, prefix, strlen(prefix)) != 0 || completion->count == MOST) return;
    text_add(&completion->names, name, strlen(name) + 1);
    completion->count++;
}

static void add_folder(struct completion *completion, const char *path, const char *prefix, bool programs) {
    DIR *directory = opendir(*path != '\0' ? path : ".");
    if (directory == NULL) return;
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        const char *name = entry->d_name;
        if ((*name == '.' && *prefix != '.') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
        if (strncmp(name, prefix, strlen(prefix)) != 0) continue;
        struct text where = {0};
        struct stat status;
        text_add_format(&where, "%s%s%s", path, *path != '\0' ? "/" : "", name);
        if (!programs ||
            (stat(where.bytes, &status) == 0 && S_ISREG(status.st_mode) && access(where.bytes, X_OK) == 0)) {
            add(completion, name, prefix);
        }
        text_free(&where);
    }
    closedir(directory);
}

static void add_commands(struct completion *completion, const char *prefix) {
    for (unsigned i = 0; builtin_name(i) != NULL; i++) add(completion, builtin_name(i), prefix);
    const char *folders = variable_get("PATH");
    while (folders != NULL && *folders != '\0') {
        size_t length = strcspn(folders, ":");
        struct text path = {0};
        text_add(&path, folders, length);
        add_folder(completion, text_string(&path), prefix, true);
        text_free(&path);
        folders += length + (folders[length] == ':');
    }
}

static int by_text(const void *left, const void *right) {
    const char *const *one = left, *const *other = right;
    return strcmp(*one, *other);
}

// Sorted, each once.
static void tidy(struct completion *completion) {
    if (completion->count == 0) return;
    const char **names = memory_take(completion->count * sizeof *names), *name = completion->names.bytes;
    for (size_t i = 0; i < completion->count; i++, name += strlen(name) + 1) names[i] = name;
    qsort(names, completion->count, sizeof *names, by_text);
    struct text sorted = {0};
    size_t count = 0;
    for (size_t i = 0; i < completion->count; i++) {
        if (i > 0 && strcmp(names[i], names[i - 1]) == 0) continue;
        text_add(&sorted, names[i], strlen(names[i]) + 1);
        count++;
    }
    free(names);
    text_free(&completion->names);
    completion->names = sorted;
    completion->count = count;
}

static void find_common(struct completion *completion) {
    if (completion->count == 0) return;
    const char *first = completion->names.bytes, *name = first;
    size_t common = strlen(first);
    for (size_t i = 0; i < completion->count; i++, name += strlen(name) + 1) {
        size_t same = 0;
        while (same < common && name[same] == first[same]) same++;
        common = same;
    }
    while (common > 0 && ((unsigned char)first[common] & 0xc0) == 0x80) common--; // no half characters
    for (size_t i = 0; i < common; i++) {
        if (strchr(special, first[i]) != NULL) text_add_char(&completion->common, '\\');
        text_add_char(&completion->common, first[i]);
    }
}

void completion_find(const char *line, size_t cursor, struct completion *completion) {
    *completion = (struct completion){0};
    size_t begin = cursor;
    while (begin > 0 && (strchr(" \t\n;&|<>()`=:", line[begin - 1]) == NULL || (begin > 1 && line[begin - 2] == '\\')))
        begin--;
    size_t before = begin;
    while (before > 0 && (line[before - 1] == ' ' || line[before - 1] == '\t')) before--;
    bool is_command = before == 0 || strchr(";&|(`\n", line[before - 1]) != NULL;
    struct text folder = {0}, prefix = {0};
    completion->from = begin;
    for (size_t i = begin; i < cursor; i++) {
        if (line[i] == '\\' && i + 1 < cursor) i++;
        text_add_char(&prefix, line[i]);
        if (line[i] != '/') continue;
        text_add(&folder, prefix.bytes, prefix.length);
        text_cut(&prefix, 0);
        completion->from = i + 1;
    }
    const char *home = variable_get("HOME");
    if (folder.length > 1 && folder.bytes[0] == '~' && folder.bytes[1] == '/' && home != NULL) {
        struct text whole = {0};
        text_add_format(&whole, "%s%s", home, folder.bytes + 1);
        text_free(&folder);
        folder = whole;
    }
    if (is_command && folder.length == 0) {
        add_commands(completion, text_string(&prefix));
    } else {
        add_folder(completion, text_string(&folder), text_string(&prefix), false);
    }
    tidy(completion);
    find_common(completion);
    if (completion->count == 1) {
        struct text path = {0};
        struct stat status;
        text_add_format(&path, "%s%s", text_string(&folder), completion->names.bytes);
        completion->is_folder =
            stat(path.bytes, &status) == 0 && S_ISDIR(status.st_mode) && (!is_command || folder.length > 0);
        text_free(&path);
    }
    text_free(&folder);
    text_free(&prefix);
}

void completion_free(struct completion *completion) {
    text_free(&completion->common);
    text_free(&completion->names);
}
