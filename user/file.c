// SPDX-License-Identifier: MIT
// Files from the command line: file COMMAND WORD...
#include <os/arena.h>
#include <os/begin.h>
#include <os/files.h>
#include <os/print.h>
#include <os/process.h>

#include "string.h"
#include "words.h"

enum { BUFFER_PAGES = 16, BUFFER = BUFFER_PAGES * 4096 };

struct command {
    const char *name, *words;
    unsigned count; // of words
    enum file_error (*run)(void);
};

static char *buffer;

static const char *word(unsigned number) { return os_argument(number + 2); }

static uint64_t number(unsigned place) {
    uint64_t value = 0;
    if (!words_number(word(place), &value)) os_print("file: '%s' is no number: 0 it is\n", word(place));
    return value;
}

// ---- what files hold ----

static enum file_error show(void) {
    uint32_t file;
    uint64_t done = 1;
    enum file_error error = os_file_open(FILE_ROOT, word(0), FILE_READ, 0, &file);
    while (error == FILE_OK && done > 0) {
        error = os_file_read(file, buffer, BUFFER, FILE_HERE, &done);
        for (uint64_t at = 0; at < done; at += OS_PRINT_LIMIT)
            os_write(buffer + at, done - at < OS_PRINT_LIMIT ? done - at : OS_PRINT_LIMIT);
    }
    return error;
}

static enum file_error write_words(uint64_t flags) {
    uint32_t file;
    uint64_t done;
    enum file_error error = os_file_open(FILE_ROOT, word(0), FILE_WRITE | FILE_MAKE | flags, 0644, &file);
    for (unsigned i = 1; error == FILE_OK && word(i) != NULL; i++) {
        size_t length = string_length(word(i));
        memcpy(buffer, word(i), length);
        buffer[length] = word(i + 1) != NULL ? ' ' : '\n';
        error = os_file_write(file, buffer, length + 1, FILE_HERE, &done);
    }
    return error;
}

static enum file_error write(void) { return write_words(FILE_TRUNCATE); }
static enum file_error append(void) { return write_words(FILE_APPEND); }

static enum file_error copy(void) {
    uint32_t from, to;
    uint64_t done = 1, written = 0;
    struct os_file_stat stat;
    enum file_error error = os_file_open(FILE_ROOT, word(0), FILE_READ, 0, &from);
    if (error == FILE_OK) error = os_file_stat(from, "", 0, &stat);
    if (error == FILE_OK)
        error = os_file_open(FILE_ROOT, word(1), FILE_WRITE | FILE_MAKE | FILE_TRUNCATE, stat.mode, &to);
    while (error == FILE_OK && done > 0) {
        error = os_file_read(from, buffer, BUFFER, FILE_HERE, &done);
        if (error == FILE_OK && done > 0) error = os_file_write(to, buffer, done, FILE_HERE, &written);
        if (error == FILE_OK && done > 0 && written < done) error = FILE_NO_SPACE;
    }
    return error;
}

// FNV-1a, by bytes.
static enum file_error sum(void) {
    uint32_t file;
    uint64_t done = 1, hash = 0xcbf29ce484222325ul, size = 0;
    enum file_error error = os_file_open(FILE_ROOT, word(0), FILE_READ, 0, &file);
    while (error == FILE_OK && done > 0) {
        error = os_file_read(file, buffer, BUFFER, FILE_HERE, &done);
        for (uint64_t i = 0; i < done; i++) hash = (hash ^ (uint8_t)buffer[i]) * 0x100000001b3ul;
        size += done;
    }
    if (error == FILE_OK) os_print("%s: %lu bytes, sum %016lx\n", word(0), size, hash);
    return error;
}

static enum file_error truncate(void) {
    uint32_t file;
    enum file_error error = os_file_open(FILE_ROOT, word(0), FILE_WRITE, 0, &file);
    return error == FILE_OK ? os_file_truncate(file, number(1)) : error;
}

// ---- names ----

// Its type's letter and its rights in octal.
static const char *mode_text(uint32_t mode) {
    static char text[] = "?0000";
    text[0] = "?pc?d?b?-?l?s???"[mode >> 12 & 15];
    for (unsigned i = 0; i < 4; i++) text[4 - i] = (char)('0' + (mode >> 3 * i & 7));
    return text;
}

static enum file_error list(void) {
    uint32_t file;
    uint64_t done = 1;
    const char *path = word(0) != NULL ? word(0) : "/";
    enum file_error first = FILE_OK; // of a name that nothing is known of
    enum file_error error = os_file_open(FILE_ROOT, path, FILE_READ | FILE_DIRECTORY, 0, &file);
    while (error == FILE_OK && done > 0) {
        error = os_file_list(file, buffer, FILE_TEXT_MOST, &done);
        for (uint64_t at = 0; at < done;) {
            const struct os_file_entry *entry = (const struct os_file_entry *)(const void *)(buffer + at);
            struct os_file_stat stat = {0};
            enum file_error unknown = os_file_stat(file, entry->name, FILE_NO_FOLLOW, &stat);
            if (unknown != FILE_OK) first = unknown;
            os_print("%s %3u %9lu %s\n", mode_text(stat.mode), stat.links, stat.size, entry->name);
            at += entry->size;
        }
    }
    return error != FILE_OK ? error : first;
}

static enum file_error stat(void) {
    struct os_file_stat stat;
    enum file_error error = os_file_stat(FILE_ROOT, word(0), FILE_NO_FOLLOW, &stat);
    if (error == FILE_OK)
        os_print("%s: inode %lu, %s, %u links, %lu bytes, %lu blocks, user %u, group %u, modified %lu\n", word(0),
                 stat.inode, mode_text(stat.mode), stat.links, stat.size, stat.blocks, stat.user, stat.group,
                 stat.modified);
    return error;
}

static enum file_error readlink(void) {
    uint64_t length;
    enum file_error error = os_file_readlink(FILE_ROOT, word(0), buffer, FILE_TEXT_MOST, &length);
    buffer[length] = '\0';
    if (error == FILE_OK) os_print("%s -> %s\n", word(0), buffer);
    return error;
}

static enum file_error make(void) { return os_file_make(FILE_ROOT, word(0), FILE_TYPE_DIRECTORY | 0755, 0); }
static enum file_error link(void) { return os_file_link(FILE_ROOT, word(0), FILE_ROOT, word(1), 0); }
static enum file_error symlink(void) { return os_file_symlink(FILE_ROOT, word(1), word(0)); }
static enum file_error rename(void) { return os_file_rename(FILE_ROOT, word(0), FILE_ROOT, word(1), 0); }
static enum file_error remove(void) { return os_file_remove(FILE_ROOT, word(0), 0); }
static enum file_error unmake(void) { return os_file_remove(FILE_ROOT, word(0), FILE_A_DIRECTORY); }
static enum file_error mode(void) { return os_file_change(FILE_ROOT, word(0), FILE_CHANGE_MODE, number(1), 0); }

// ---- the whole ----

static enum file_error sync(void) { return os_file_sync(FILE_ROOT, 0); }

static enum file_error space(void) {
    struct os_file_space space;
    enum file_error error = os_file_space(&space);
    if (error == FILE_OK)
        os_print("%lu of %lu blocks of %lu bytes are free, %lu of %lu files%s\n", space.blocks_free, space.blocks,
                 space.block_size, space.files_free, space.files, space.read_only != 0 ? "; read-only" : "");
    return error;
}

static enum file_error counters(void) {
    struct os_file_counters now;
    enum file_error error = os_file_counters(&now);
    if (error != FILE_OK) return error;
    os_print("cache: %lu of at most %lu pages, %lu dirty; %lu files, %lu open, %lu mappings\n", now.pages,
             now.pages_most, now.pages_dirty, now.files, now.files_open, now.mappings);
    os_print(
        "pages: %lu read, %lu of them ahead (%lu were wanted), %lu written, %lu evicted; %lu commits, %lu errors\n",
        now.read, now.read_ahead, now.read_ahead_hits, now.written, now.evicted, now.commits, now.errors);
    return FILE_OK;
}

static const struct command commands[] = {
    {"list", "[PATH]", 0, list},
    {"show", "PATH", 1, show},
    {"write", "PATH WORD...", 1, write},
    {"append", "PATH WORD...", 1, append},
    {"copy", "FROM TO", 2, copy},
    {"sum", "PATH", 1, sum},
    {"truncate", "PATH SIZE", 2, truncate},
    {"stat", "PATH", 1, stat},
    {"mode", "PATH MODE", 2, mode},
    {"make", "DIRECTORY", 1, make},
    {"unmake", "DIRECTORY", 1, unmake},
    {"remove", "PATH", 1, remove},
    {"rename", "PATH NEW", 2, rename},
    {"link", "PATH NEW", 2, link},
    {"symlink", "TARGET NEW", 2, symlink},
    {"readlink", "PATH", 1, readlink},
    {"sync", "", 0, sync},
    {"space", "", 0, space},
    {"counters", "", 0, counters},
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static const struct command *find(void) {
    const char *name = os_argument(1);
    for (unsigned i = 0; name != NULL && i < COMMANDS; i++) {
        if (string_equal(commands[i].name, name) && os_argument_count() >= 2 + commands[i].count) return &commands[i];
    }
    return NULL;
}

int main(void) {
    const struct command *command = find();
    if (command == NULL) {
        for (unsigned i = 0; i < COMMANDS; i++)
            os_print("%s file %s %s\n", i == 0 ? "usage:" : "      ", commands[i].name, commands[i].words);
        return 2;
    }
    enum file_error error = os_files_begin("files", OS_FILES);
    buffer = (char *)os_pages_take(BUFFER_PAGES);
    if (error == FILE_OK && buffer == NULL) error = FILE_OUT_OF_MEMORY;
    if (error == FILE_OK) error = command->run();
    if (error != FILE_OK) os_print("file %s: %s\n", command->name, file_error_sentence(error));
    return error == FILE_OK ? 0 : 3;
}
