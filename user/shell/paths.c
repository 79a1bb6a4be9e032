// SPDX-License-Identifier: MIT
// The names of files that a pattern stands for: folder by folder, down the parts of the pattern.
#include "paths.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pattern.h"
#include "text.h"

enum { PARTS_DEPTH = 64, PATHS_LIMIT = 100000 };

struct search {
    struct scratch *scratch;
    struct word **last;
    size_t count;
};

static void add(struct search *search, const char *path) {
    if (search->count == PATHS_LIMIT) return;
    struct word *word = scratch_take(search->scratch, sizeof *word);
    word->text = scratch_copy(search->scratch, path, strlen(path));
    *search->last = word;
    search->last = &word->next;
    search->count++;
}

static void look(struct search *search, const struct text *folder, const char *pattern, unsigned depth);

// A part without a pattern in it, unescaped: no folder has to be read.
static void follow(struct search *search, const struct text *folder, const char *part, const char *rest,
                   unsigned depth) {
    struct text path = {0};
    text_add(&path, text_string(folder), folder->length);
    for (const char *p = part; p < rest; p++) {
        if (*p == '\\' && p + 1 < rest) p++;
        text_add_char(&path, *p);
    }
    look(search, &path, rest, depth);
    text_free(&path);
}

static void look_into(struct search *search, const struct text *folder, const char *part, const char *rest,
                      unsigned depth) {
    DIR *directory = opendir(folder->length > 0 ? folder->bytes : ".");
    if (directory == NULL) return;
    struct scratch_mark mark = scratch_mark(search->scratch);
    char *pattern = scratch_copy(search->scratch, part, (size_t)(rest - part));
    struct text names = {0};
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        const char *name = entry->d_name;
        if ((*name == '.') != (*pattern == '.')) continue;
        if (pattern_matches(pattern, name, strlen(name))) text_add(&names, name, strlen(name) + 1);
    }
    closedir(directory);
    scratch_release(search->scratch, mark);
    for (const char *name = names.bytes; names.length > 0 && name < names.bytes + names.length;
         name += strlen(name) + 1) {
        struct text path = {0};
        text_add_format(&path, "%s%s", text_string(folder), name);
        look(search, &path, rest, depth);
        text_free(&path);
    }
    text_free(&names);
}

static void look(struct search *search, const struct text *folder, const char *pattern, unsigned depth) {
    if (*pattern == '\0') {
        struct stat status;
        if (folder->length > 0 && lstat(folder->bytes, &status) == 0) add(search, folder->bytes);
        return;
    }
    if (depth == PARTS_DEPTH) return;
    const char *slashes = pattern + strspn(pattern, "/");
    if (slashes > pattern) {
        follow(search, folder, pattern, slashes, depth + 1);
        return;
    }
    const char *rest = pattern + strcspn(pattern, "/");
    struct text part = {0};
    text_add(&part, pattern, (size_t)(rest - pattern));
    if (pattern_is_one(part.bytes)) {
        look_into(search, folder, pattern, rest, depth + 1);
    } else {
        follow(search, folder, pattern, rest, depth + 1);
    }
    text_free(&part);
}

static int by_text(const void *left, const void *right) {
    const struct word *const *one = left, *const *other = right;
    return strcmp((*one)->text, (*other)->text);
}

struct word **paths_matching(const char *pattern, struct scratch *scratch, struct word **last) {
    struct search search = {.scratch = scratch, .last = last};
    look(&search, &(struct text){0}, pattern, 0);
    if (search.count == 0) return last;
    struct word **sorted = memory_take(search.count * sizeof *sorted), *word = *last;
    for (size_t i = 0; i < search.count; i++, word = word->next) sorted[i] = word;
    qsort(sorted, search.count, sizeof *sorted, by_text);
    for (size_t i = 0; i < search.count; i++, last = &(*last)->next) *last = sorted[i];
    *last = NULL;
    free(sorted);
    return last;
}
