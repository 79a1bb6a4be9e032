// SPDX-License-Identifier: MIT
// The folder /proc: what processes are, as texts.
#include <os/process.h>

#include "format.h"
#include "linux_errors.h"
#include "linux_open.h"
#include "string.h"

enum { SELF_INODE = 5, OWN_INODE = 16, DESCRIPTORS_INODE = 1024, DESCRIPTOR_MODE = MADE_LINK | 0700 };

static const struct linux_made_kind descriptor;

// ---- /proc/N/fd ----

static void make_descriptor(struct linux_made *node, uint64_t number) {
    *node = (struct linux_made){
        .kind = &descriptor, .inode = DESCRIPTORS_INODE + number, .mode = DESCRIPTOR_MODE, .word = number};
}

static bool find_descriptor(const struct linux_made *folder, const char *name, struct linux_made *node) {
    uint64_t number = 0;
    (void)folder;
    for (const char *at = name; *at != '\0'; at++) {
        if (*at < '0' || *at > '9' || number >= LINUX_DESCRIPTORS) return false;
        number = 10 * number + (uint64_t)(*at - '0');
    }
    make_descriptor(node, number);
    return linux_file_marks(number) >= 0;
}

static bool descriptor_entry(const struct linux_made *folder, uint64_t index, char name[MADE_NAME],
                             struct linux_made *node) {
    uint64_t number = linux_file_next(0);
    (void)folder;
    while (index-- > 0) number = linux_file_next(number + 1);
    if (number >= LINUX_DESCRIPTORS) return false;
    format_to(name, MADE_NAME, "%lu", number);
    make_descriptor(node, number);
    return true;
}

static void descriptor_text(const struct linux_made *node, struct linux_sink *sink) {
    struct linux_file *file = linux_file_get_any(node->word);
    if (file == NULL) return;
    const char *path = linux_file_path(file);
    char where[PLACE_PATH];
    if (file->kind == &linux_folder && os_file_where(file->number, where, sizeof where) == FILE_OK) path = where;
    if (path[0] != '\0')
        sink_print(sink, "%s", path);
    else
        sink_print(sink, "%s:[%lu]", file->kind->name, (uint64_t)file->number);
    linux_file_put(file);
}

static int64_t descriptor_stat(const struct linux_made *node, struct linux_stat *stat) {
    struct linux_file *file = linux_file_get_any(node->word);
    int64_t error = file != NULL ? file->kind->stat(file, stat) : -ENOENT;
    if (file != NULL) linux_file_put(file);
    return error;
}

// A file with a path is opened once more by it; others are shared.
static struct linux_file *open_descriptor(const struct linux_made *node, uint32_t flags, int64_t *error) {
    struct linux_place place;
    struct linux_file *file = linux_file_get_any(node->word), *opened = NULL;
    if (file == NULL) *error = -ENOENT;
    if (file == NULL) return NULL;
    const char *path = linux_file_path(file);
    if (file->kind->seek == NULL || path[0] == '\0') return file;
    *error = place_find_text(&place, path, PLACE_FOLLOW);
    if (*error == 0) *error = place_open(&place, flags & ~(O_CREAT | O_EXCL), 0, &opened);
    place_end(&place);
    linux_file_put(file);
    return *error == 0 ? opened : NULL;
}

static const struct linux_made_kind descriptor = {
    .text = descriptor_text, .stat = descriptor_stat, .open = open_descriptor};
static const struct linux_made_kind descriptors = {.find = find_descriptor, .entry = descriptor_entry};

// ---- /proc/N ----

static void exe_text(const struct linux_made *node, struct linux_sink *sink) {
    (void)node;
    sink_bytes(sink, linux_program_path, string_length(linux_program_path));
}

static void folder_text(const struct linux_made *node, struct linux_sink *sink) {
    char path[PLACE_PATH];
    (void)node;
    if (linux_folder_text(path, sizeof path) == 0) sink_bytes(sink, path, string_length(path));
}

static const struct linux_made_kind exe_link = {.text = exe_text}, folder_link = {.text = folder_text};

static const struct {
    const char *name;
    struct linux_made node;
} table[] = {
    {"cwd", {.kind = &folder_link, .inode = OWN_INODE, .mode = MADE_LINK | 0777}},
    {"exe", {.kind = &exe_link, .inode = OWN_INODE + 1, .mode = MADE_LINK | 0777}},
    {"fd", {.kind = &descriptors, .inode = OWN_INODE + 2, .mode = MADE_FOLDER | 0500}},
};

enum { OWN = sizeof table / sizeof table[0] };

static bool find_own(const struct linux_made *folder, const char *name, struct linux_made *node) {
    (void)folder;
    for (unsigned i = 0; i < OWN; i++) {
        if (!string_equal(table[i].name, name)) continue;
        *node = table[i].node;
        return true;
    }
    return false;
}

static bool own_entry(const struct linux_made *folder, uint64_t index, char name[MADE_NAME], struct linux_made *node) {
    (void)folder;
    if (index >= OWN) return false;
    memcpy(name, table[index].name, string_length(table[index].name) + 1);
    *node = table[index].node;
    return true;
}

static const struct linux_made_kind own = {.find = find_own, .entry = own_entry};

// ---- /proc ----

static void self_text(const struct linux_made *node, struct linux_sink *sink) {
    (void)node;
    sink_print(sink, "%lu", (uint64_t)os_start->process);
}

static const struct linux_made_kind self_link = {.text = self_text};
static const struct linux_made self = {.kind = &self_link, .inode = SELF_INODE, .mode = MADE_LINK | 0777};

static struct linux_made own_folder(void) {
    return (struct linux_made){.kind = &own, .inode = SELF_INODE + 1, .mode = MADE_FOLDER | 0555};
}

static void own_name(char name[MADE_NAME]) { format_to(name, MADE_NAME, "%lu", (uint64_t)os_start->process); }

static bool find_process(const struct linux_made *folder, const char *name, struct linux_made *node) {
    char number[MADE_NAME];
    (void)folder;
    own_name(number);
    bool is_self = string_equal(name, "self");
    if (is_self) *node = self;
    if (!is_self && string_equal(name, number)) *node = own_folder();
    return is_self || string_equal(name, number);
}

static bool process_entry(const struct linux_made *folder, uint64_t index, char name[MADE_NAME],
                          struct linux_made *node) {
    (void)folder;
    if (index > 1) return false;
    if (index == 0)
        own_name(name);
    else
        memcpy(name, "self", sizeof "self");
    *node = index == 0 ? own_folder() : self;
    return true;
}

const struct linux_made_kind made_processes = {.find = find_process, .entry = process_entry};
