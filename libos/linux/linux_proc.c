// SPDX-License-Identifier: MIT
// The folder /proc: what processes are, as texts.
#include <os/process.h>
#include <os/unix.h>

#include "format.h"
#include "linux_errors.h"
#include "linux_open.h"
#include "linux_proc.h"
#include "string.h"

enum { SELF_INODE = 5, DESCRIPTORS_INODE = 1024, DESCRIPTOR_MODE = MADE_LINK | 0700 };

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

enum { MORE_INODES = 64, ROOT_INODE = 65536, PROCESS_INODES = 1 << 20, KINDS_MOST = 32 };

static const struct {
    const char *name;
    struct linux_made node;
} links[] = {
    {"cwd", {.kind = &folder_link, .inode = 1, .mode = MADE_LINK | 0777}},
    {"exe", {.kind = &exe_link, .inode = 2, .mode = MADE_LINK | 0777}},
    {"fd", {.kind = &descriptors, .inode = 3, .mode = MADE_FOLDER | 0500}},
};

enum { LINKS = sizeof links / sizeof links[0] };

// ---- texts, in tables ----

struct folder {
    const char *name;
    const struct proc_text *const *texts;
    unsigned count;
};

static const struct proc_text *const texts_of_a_process[] = {proc_of_memory, proc_of_process};
static const struct proc_text *const texts_of_the_system[] = {proc_of_system};

// Each text is a kind of its own.
static struct linux_made_kind kinds[2][KINDS_MOST];

// => the `index`th text, for its node; NULL: there are not so many
static const struct proc_text *text_at(const struct proc_text *const *tables, unsigned count, uint64_t index) {
    for (unsigned i = 0; i < count; i++) {
        for (const struct proc_text *text = tables[i]; text->name != NULL; text++) {
            if (index-- == 0) return text;
        }
    }
    return NULL;
}

static void make_text(struct linux_made *node, const struct proc_text *text, struct linux_made_kind *kind,
                      uint64_t inode, uint64_t process) {
    kind->text = text->text;
    *node = (struct linux_made){.kind = kind, .inode = inode, .mode = MADE_REGULAR | 0444, .word = process};
}

// ---- /proc/N ----

static bool process_node(uint64_t process, uint64_t index, char name[MADE_NAME], struct linux_made *node) {
    uint64_t base = PROCESS_INODES + process * MORE_INODES;
    bool is_own = process == os_start->process;
    if (is_own && index < LINKS) {
        memcpy(name, links[index].name, string_length(links[index].name) + 1);
        *node = links[index].node;
        node->inode += base;
        return true;
    }
    if (is_own) index -= LINKS;
    for (unsigned place = 0;; place++) {
        const struct proc_text *text = text_at(texts_of_a_process, 2, place);
        if (text == NULL) return false;
        if (!is_own && !text->of_all) continue;
        if (index-- > 0) continue;
        memcpy(name, text->name, string_length(text->name) + 1);
        make_text(node, text, &kinds[0][place], base + LINKS + 1 + place, process);
        return true;
    }
}

static bool own_entry(const struct linux_made *folder, uint64_t index, char name[MADE_NAME], struct linux_made *node) {
    return process_node(folder->word, index, name, node);
}

static bool find_own(const struct linux_made *folder, const char *name, struct linux_made *node) {
    char found[MADE_NAME];
    for (uint64_t index = 0; process_node(folder->word, index, found, node); index++) {
        if (string_equal(found, name)) return true;
    }
    return false;
}

static const struct linux_made_kind own = {.find = find_own, .entry = own_entry};

// ---- /proc/sys ----

static const struct folder folders_of_sys[] = {{"fs", (const struct proc_text *const[]){proc_of_files}, 1},
                                               {"kernel", (const struct proc_text *const[]){proc_of_kernel}, 1},
                                               {"vm", (const struct proc_text *const[]){proc_of_paging}, 1},
                                               {"random", (const struct proc_text *const[]){proc_of_random}, 1}};

enum { IN_SYS = 3, KERNEL = 1, RANDOM = 3 };

static const struct linux_made_kind sys_folder;
static struct linux_made_kind sys_kinds[4][KINDS_MOST];

static struct linux_made sys_node(uint64_t number) {
    return (struct linux_made){
        .kind = &sys_folder, .inode = ROOT_INODE + 32 * (number + 2), .mode = MADE_FOLDER | 0555, .word = number};
}

// `word`: which of those above; with kernel there is one more in it.
static bool sys_text(const struct linux_made *folder, uint64_t index, char name[MADE_NAME], struct linux_made *node) {
    const struct folder *of = &folders_of_sys[folder->word];
    const struct proc_text *text = text_at(of->texts, of->count, index);
    bool is_random = text == NULL && folder->word == KERNEL && text_at(of->texts, of->count, index - 1) != NULL;
    if (text == NULL && !is_random) return false;
    const char *found = is_random ? folders_of_sys[RANDOM].name : text->name;
    memcpy(name, found, string_length(found) + 1);
    if (is_random)
        *node = sys_node(RANDOM);
    else
        make_text(node, text, &sys_kinds[folder->word][index], folder->inode + index + 1, 0);
    return true;
}

static bool find_sys_text(const struct linux_made *folder, const char *name, struct linux_made *node) {
    char found[MADE_NAME];
    for (uint64_t index = 0; sys_text(folder, index, found, node); index++) {
        if (string_equal(found, name)) return true;
    }
    return false;
}

static const struct linux_made_kind sys_folder = {.find = find_sys_text, .entry = sys_text};

static bool sys_entry(const struct linux_made *folder, uint64_t index, char name[MADE_NAME], struct linux_made *node) {
    (void)folder;
    if (index >= IN_SYS) return false;
    memcpy(name, folders_of_sys[index].name, string_length(folders_of_sys[index].name) + 1);
    *node = sys_node(index);
    return true;
}

static bool find_sys(const struct linux_made *folder, const char *name, struct linux_made *node) {
    char found[MADE_NAME];
    for (uint64_t index = 0; sys_entry(folder, index, found, node); index++) {
        if (string_equal(found, name)) return true;
    }
    return false;
}

static const struct linux_made_kind sys = {.find = find_sys, .entry = sys_entry};

// ---- /proc ----

static void self_text(const struct linux_made *node, struct linux_sink *sink) {
    (void)node;
    sink_print(sink, "%lu", (uint64_t)os_start->process);
}

static void mounts_text(const struct linux_made *node, struct linux_sink *sink) {
    (void)node;
    sink_print(sink, "self/mounts");
}

static const struct linux_made_kind self_link = {.text = self_text}, mounts_link = {.text = mounts_text};

static const struct {
    const char *name;
    struct linux_made node;
} others[] = {
    {"mounts", {.kind = &mounts_link, .inode = SELF_INODE + 1, .mode = MADE_LINK | 0777}},
    {"self", {.kind = &self_link, .inode = SELF_INODE, .mode = MADE_LINK | 0777}},
    {"sys", {.kind = &sys, .inode = SELF_INODE + 2, .mode = MADE_FOLDER | 0555}},
};

enum { OTHERS = sizeof others / sizeof others[0] };

static struct linux_made process_folder(uint64_t process) {
    return (struct linux_made){
        .kind = &own, .inode = PROCESS_INODES + process * MORE_INODES, .mode = MADE_FOLDER | 0555, .word = process};
}

static bool fixed_node(uint64_t index, char name[MADE_NAME], struct linux_made *node) {
    if (index < OTHERS) {
        memcpy(name, others[index].name, string_length(others[index].name) + 1);
        *node = others[index].node;
        return true;
    }
    const struct proc_text *text = text_at(texts_of_the_system, 1, index - OTHERS);
    if (text == NULL) return false;
    memcpy(name, text->name, string_length(text->name) + 1);
    make_text(node, text, &kinds[1][index - OTHERS], ROOT_INODE + index, 0);
    return true;
}

// The process with the next number from this one on, of those that init or the server `unix` know. => 0: there is none
static uint64_t next_process(uint64_t number) {
    struct os_unix_process process;
    struct os_process native;
    uint64_t one = os_unix_look(number, &process) == UNIX_OK ? process.process : UINT64_MAX;
    uint64_t other = os_look(number, &native) ? native.process : UINT64_MAX;
    uint64_t next = one < other ? one : other;
    return next != UINT64_MAX ? next : 0;
}

// A number without a sign or needless zeros. => 0: it is none
static uint64_t number_of(const char *name) {
    uint64_t number = 0;
    for (const char *at = name; *at != '\0'; at++) {
        if (*at < '0' || *at > '9' || (number == 0 && *at == '0') || number > UINT32_MAX) return 0;
        number = 10 * number + (uint64_t)(*at - '0');
    }
    return number;
}

static bool find_process(const struct linux_made *folder, const char *name, struct linux_made *node) {
    char found[MADE_NAME];
    uint64_t number = number_of(name);
    (void)folder;
    if (number != 0) *node = process_folder(number);
    if (number != 0) return number == os_start->process || next_process(number) == number;
    for (uint64_t index = 0; fixed_node(index, found, node); index++) {
        if (string_equal(found, name)) return true;
    }
    return false;
}

static bool process_entry(const struct linux_made *folder, uint64_t index, char name[MADE_NAME],
                          struct linux_made *node) {
    uint64_t fixed = 0, number = 0;
    (void)folder;
    if (fixed_node(index, name, node)) return true;
    while (fixed_node(fixed, name, node)) fixed++;
    do {
        number = next_process(number + 1);
        if (number == 0) return false;
    } while (index-- > fixed);
    format_to(name, MADE_NAME, "%lu", number);
    *node = process_folder(number);
    return true;
}

const struct linux_made_kind made_processes = {.find = find_process, .entry = process_entry};
