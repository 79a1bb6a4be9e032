// SPDX-License-Identifier: MIT
// A program that the host started: with `i` among its wishes the program reads the boot image's file `input`; with `o`
// what it writes to 1 and 2 is sent in pieces, each in one call, so that nothing else gets between.
#include "linux_host.h"

#include <os/process.h>
#include <os/start_block.h>
#include <os/stubs.h>
#include <os/threads.h>

#include "linux_errors.h"
#include "linux_file.h"
#include "linux_source.h"
#include "linux_user.h"
#include "string.h"

enum { TEXTS = 0x20000, PIECE = 120, MODE_PIPE = 010600, MODE_FILE = 0100444, BLOCK_SIZE = 4096, TURNED = 0x40 };

_Static_assert(2 * PIECE + 3 <= CONSOLE_BYTES, "a piece is one call");

static char texts[TEXTS + 1];
static uint32_t begun; // the process that was
static struct linux_source input;
static uint32_t opened_by; // the process whose handle it is

// ---- what it writes ----

static void send(char which, const uint8_t *bytes, uint64_t count) {
    char *text = os_self()->message;
    uint64_t n = 0;
    text[n++] = HOST_MARK;
    text[n++] = which;
    for (uint64_t i = 0; i < count; i++) {
        bool plain = bytes[i] >= ' ';
        if (!plain) text[n++] = HOST_ESCAPE;
        text[n++] = (char)(plain ? bytes[i] : bytes[i] ^ TURNED);
    }
    text[n++] = HOST_END;
    os_console(OS_SLOT_CONSOLE, CONSOLE_WRITE, n);
}

static int64_t write(struct linux_file *file, uint64_t from, uint64_t size, uint64_t offset) {
    uint8_t bytes[PIECE];
    uint64_t done = 0;
    (void)offset;
    while (done < size) {
        uint64_t some = size - done < sizeof bytes ? size - done : sizeof bytes;
        if (!user_read(bytes, from + done, some)) return done != 0 ? (int64_t)done : -EFAULT;
        send((char)('0' + file->number), bytes, some);
        done += some;
    }
    return (int64_t)done;
}

static int64_t stat_stream(struct linux_file *file, struct linux_stat *stat) {
    *stat = (struct linux_stat){.inode = file->number, .mode = MODE_PIPE, .links = 1, .block_size = BLOCK_SIZE};
    return 0;
}

static const struct linux_file_kind stream = {.name = "host", .write = write, .stat = stat_stream};

// ---- what it reads ----

// A forked process has no handle of its parent's.
static int64_t open_input(void) {
    if (opened_by == os_start->process) return 0;
    int64_t error = source_open_image(&input, "input");
    if (error == 0) opened_by = os_start->process;
    return error;
}

static int64_t read(struct linux_file *file, uint64_t to, uint64_t size, uint64_t offset) {
    uint8_t bytes[BLOCK_SIZE];
    uint64_t done = 0, at = offset == FILE_AT_POSITION ? file->position : offset;
    int64_t some = open_input();
    while (some == 0 && done < size) {
        some = source_read(&input, at + done, bytes, size - done < sizeof bytes ? size - done : sizeof bytes);
        if (some <= 0) break;
        if (!user_write(to + done, bytes, (uint64_t)some)) some = -EFAULT;
        if (some > 0) done += (uint64_t)some;
        if (some > 0) some = 0;
    }
    if (offset == FILE_AT_POSITION) file->position += done;
    return done != 0 ? (int64_t)done : some;
}

static int64_t seek(struct linux_file *file, int64_t offset, uint32_t from) {
    const int64_t base[] = {0, (int64_t)file->position, (int64_t)input.size};
    if (from >= sizeof base / sizeof base[0] || base[from] + offset < 0) return -EINVAL;
    file->position = (uint64_t)(base[from] + offset);
    return (int64_t)file->position;
}

static int64_t stat_input(struct linux_file *file, struct linux_stat *stat) {
    (void)file;
    *stat = (struct linux_stat){
        .inode = 1, .mode = MODE_FILE, .links = 1, .size = (int64_t)input.size, .block_size = BLOCK_SIZE};
    return 0;
}

static const struct linux_file_kind given = {.name = "input", .read = read, .seek = seek, .stat = stat_input};

// ---- begun and ended ----

struct linux_refusal host_read(const char *name, const char **word, uint64_t most, uint64_t *count) {
    struct linux_source source;
    int64_t size = source_open_image(&source, name);
    if (size != 0) return (struct linux_refusal){size, "the boot image does not say what it is"};
    size = source.size <= TEXTS ? source_read(&source, 0, texts, source.size) : -E2BIG;
    source_close(&source);
    if (size < 0) return (struct linux_refusal){size, "its words are too long"};
    for (int64_t at = 0; at < size; at += (int64_t)string_length(&texts[at]) + 1) {
        if (*count == most) return (struct linux_refusal){-E2BIG, "it has too many words"};
        word[(*count)++] = &texts[at];
    }
    if (*count < 2) return (struct linux_refusal){-ENOENT, "it has no name"};
    return (struct linux_refusal){0};
}

static bool wants(char letter) {
    for (const char *at = texts; *at != '\0'; at++)
        if (*at == letter) return true;
    return false;
}

static bool place(struct linux_file *file, uint64_t descriptor) {
    return file != NULL && linux_file_place(file, descriptor, 0) >= 0;
}

struct linux_refusal host_begin(void) {
    bool fine = true;
    if (wants('i')) fine = open_input() == 0 && place(linux_file_make(&given, O_RDONLY, 0), 0);
    for (uint32_t i = 1; i <= 2 && fine && wants('o'); i++) fine = place(linux_file_make(&stream, O_WRONLY, i), i);
    if (!fine) return (struct linux_refusal){-EIO, "it cannot be given its input"};
    begun = os_start->process;
    send(HOST_BEGIN, NULL, 0);
    return (struct linux_refusal){0};
}

void host_tell_native(bool begins) {
    if (begun != 0 && wants('o')) send(begins ? HOST_NATIVE : HOST_OTHERS, NULL, 0);
}

void host_tell_end(void) {
    if (begun != 0 && begun == os_start->process) send(HOST_ENDED, NULL, 0);
}
