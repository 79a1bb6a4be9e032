// SPDX-License-Identifier: MIT
// Files in use: each test does what programs do to files, and looks whether it finds what it should.
#include <os/arena.h>
#include <os/begin.h>
#include <os/files.h>
#include <os/handlers.h>
#include <os/parts.h>
#include <os/print.h>
#include <os/process.h>
#include <os/threads.h>

#include "string.h"
#include "words.h"

enum { PAGE = 4096, WRONG = 3 };

#define MAPPED             0x3000000000ul
#define SECOND             0x3100000000ul
#define RW                 (RIGHT_READ | RIGHT_WRITE)
#define EXPECT(condition)  ((condition) ? (void)0 : wrong(#condition, __LINE__))
#define DONE(call)         expect_error(call, FILE_OK, #call, __LINE__)
#define FAILS(error, call) expect_error(call, FILE_##error, #call, __LINE__)

static const char usage[] =
    "filetest [names|data|coherent|end|cut|unlinked|private|forked|tail|sparse|memory|hostile|many|large|full|check|\n"
    "          pressed|synced|unread|unwritten|uncommitted|touch|late|all]\n"
    "         [size=1M] [seed=1]";
static const char *const names[] = {"all",         "names",  "data",  "coherent", "end",    "cut",     "unlinked",
                                    "private",     "forked", "tail",  "sparse",   "memory", "hostile", "many",
                                    "large",       "full",   "check", "pressed",  "synced", "unread",  "unwritten",
                                    "uncommitted", "touch",  "late",  NULL};
enum which {
    ALL,
    NAMES,
    DATA,
    COHERENT,
    END,
    CUT,
    UNLINKED,
    PRIVATE,
    FORKED,
    TAIL,
    SPARSE,
    MEMORY,
    HOSTILE,
    MANY,
    LARGE,
    FULL,
    CHECK,
    PRESSED,
    SYNCED,
    UNREAD,
    UNWRITTEN,
    UNCOMMITTED,
    TOUCH,
    LATE
};

static unsigned which;
static uint64_t size = 1 << 20, seed = 1;
static char *buffer; // of `size` bytes at most 1 MiB
static uint64_t buffer_size;
static volatile uint64_t fault_error, fault_va;

static __attribute__((noreturn)) void wrong(const char *what, int line) {
    os_print("filetest: line %d: %s: is not so\n", line, what);
    os_exit(WRONG);
}

static void expect_error(enum file_error error, enum file_error wanted, const char *call, int line) {
    if (error == wanted) return;
    os_print("filetest: line %d: %s: %s, not %s\n", line, call, file_error_name(error), file_error_name(wanted));
    os_exit(WRONG);
}

// ---- accesses that may fail ----

static void note(struct upcall_registers *interrupted, struct os_fault *fault) {
    uint64_t code = FAULT_ERROR(TAG_LABEL(fault->message.tag));
    fault_error = code >= FAULT_FAILED ? code - FAULT_FAILED : 1000 + code;
    fault_va = fault->message.word[1];
    interrupted->pc += (*(const uint16_t *)interrupted->pc & 3) == 3 ? 4 : 2;
}

static uint64_t load_error(uint64_t va) {
    fault_error = PAGER_OK;
    (void)*(volatile uint8_t *)va;
    return fault_error;
}

static uint64_t store_error(uint64_t va, uint8_t value) {
    fault_error = PAGER_OK;
    *(volatile uint8_t *)va = value;
    return fault_error;
}

// ---- contents ----

static uint64_t value_at(uint64_t place) { return (place * 0x9e3779b97f4a7c15ul + seed) * 0xbf58476d1ce4e5b9ul; }

static uint8_t byte_at(uint64_t offset) { return (uint8_t)(value_at(offset / 8) >> 8 * (offset % 8)); }

static uint32_t opened(const char *path, uint64_t flags) {
    uint32_t file;
    DONE(os_file_open(FILE_ROOT, path, flags, 0644, &file));
    return file;
}

static uint32_t fresh(const char *path) { return opened(path, FILE_READ | FILE_WRITE | FILE_MAKE | FILE_TRUNCATE); }

static uint64_t size_of(uint32_t file) {
    struct os_file_stat stat;
    DONE(os_file_stat(file, "", 0, &stat));
    return stat.size;
}

static void write_range(uint32_t file, uint64_t from, uint64_t to) {
    uint64_t done;
    for (; from < to; from += done) {
        uint64_t some = to - from < buffer_size ? to - from : buffer_size;
        for (uint64_t i = 0; i < some; i++) buffer[i] = (char)byte_at(from + i);
        DONE(os_file_write(file, buffer, some, from, &done));
        EXPECT(done == some);
    }
}

static void read_range(uint32_t file, uint64_t from, uint64_t to) {
    uint64_t done;
    for (; from < to; from += done) {
        uint64_t some = to - from < buffer_size ? to - from : buffer_size;
        DONE(os_file_read(file, buffer, some, from, &done));
        EXPECT(done == some);
        for (uint64_t i = 0; i < some; i++) {
            if ((uint8_t)buffer[i] == byte_at(from + i)) continue;
            os_print("filetest: byte %lu is 0x%x, not 0x%x\n", from + i, (uint8_t)buffer[i], byte_at(from + i));
            os_exit(WRONG);
        }
    }
}

static struct os_object mapped(uint32_t file, uint64_t va, uint64_t first, uint64_t pages, uint64_t options) {
    struct os_object object;
    DONE(os_file_map(&object, file, va, first, pages, options));
    return object;
}

static uint8_t peek(uint64_t va) { return *(volatile uint8_t *)va; }
static void poke(uint64_t va, uint8_t value) { *(volatile uint8_t *)va = value; }

// ---- the tests ----

static bool exists(const char *path) {
    struct os_file_stat stat;
    return os_file_stat(FILE_ROOT, path, FILE_NO_FOLLOW, &stat) == FILE_OK;
}

static void test_names(void) {
    struct os_file_stat stat, other;
    uint32_t file, directory;
    uint64_t length;
    char text[64];
    DONE(os_file_make(FILE_ROOT, "/names", FILE_TYPE_DIRECTORY | 0755, 0));
    FAILS(EXISTS, os_file_make(FILE_ROOT, "/names", FILE_TYPE_DIRECTORY | 0755, 0));
    DONE(os_file_open(FILE_ROOT, "names", FILE_READ | FILE_DIRECTORY, 0, &directory));
    DONE(os_file_open(directory, "a", FILE_WRITE | FILE_MAKE | FILE_NEW, 0640, &file));
    FAILS(EXISTS, os_file_open(directory, "a", FILE_WRITE | FILE_MAKE | FILE_NEW, 0640, &file));
    DONE(os_file_link(directory, "a", directory, "b", 0));
    DONE(os_file_stat(directory, "a", 0, &stat));
    DONE(os_file_stat(FILE_ROOT, "/names/./../names//b", 0, &other));
    EXPECT(stat.inode == other.inode && other.links == 2 && (other.mode & 07777) == 0640);
    DONE(os_file_symlink(directory, "to", "b"));
    DONE(os_file_readlink(directory, "to", text, sizeof text, &length));
    EXPECT(length == 1 && text[0] == 'b');
    DONE(os_file_stat(directory, "to", 0, &other));
    EXPECT(other.inode == stat.inode);
    FAILS(LOOP, os_file_open(directory, "to", FILE_READ | FILE_NO_FOLLOW, 0, &file));
    DONE(os_file_symlink(directory, "round", "round/and"));
    FAILS(LOOP, os_file_stat(directory, "round", 0, &other));
    FAILS(NOT_DIRECTORY, os_file_stat(directory, "a/x", 0, &other));
    FAILS(NOT_DIRECTORY, os_file_stat(directory, "a/", 0, &other));
    FAILS(NOT_FOUND, os_file_stat(directory, "", 0, &other) == FILE_OK ? FILE_NOT_FOUND : FILE_IO);
    FAILS(NOT_FOUND, os_file_open(directory, "no/such", FILE_WRITE | FILE_MAKE, 0, &file));
    DONE(os_file_make(directory, "d", FILE_TYPE_DIRECTORY | 0700, 0));
    DONE(os_file_make(directory, "d/e", FILE_TYPE_DIRECTORY | 0700, 0));
    FAILS(INTO_ITSELF, os_file_rename(directory, "d", directory, "d/e/f", 0));
    FAILS(NOT_EMPTY, os_file_remove(directory, "d", FILE_A_DIRECTORY));
    FAILS(IS_DIRECTORY, os_file_remove(directory, "d", 0));
    FAILS(NOT_DIRECTORY, os_file_remove(directory, "a", FILE_A_DIRECTORY));
    FAILS(EXISTS, os_file_rename(directory, "a", directory, "to", FILE_NO_REPLACE));
    DONE(os_file_rename(directory, "b", directory, "d/e/c", 0));
    EXPECT(!exists("/names/b") && exists("/names/d/e/c"));
    DONE(os_file_rename(directory, "d/e", FILE_ROOT, "/names/e", 0));
    DONE(os_file_stat(FILE_ROOT, "/names/e/../a", 0, &other));
    EXPECT(other.inode == stat.inode);
    DONE(os_file_change(directory, "a", FILE_CHANGE_MODE, 0444, 0));
    DONE(os_file_change(directory, "a", FILE_CHANGE_TIMES, 1000, 2000));
    DONE(os_file_change(directory, "a", FILE_CHANGE_OWNER, 7, 70000));
    DONE(os_file_stat(directory, "a", 0, &other));
    EXPECT((other.mode & 07777) == 0444 && other.accessed == 1000 && other.modified == 2000 && other.user == 7 &&
           other.group == 70000);
    DONE(os_file_remove(directory, "e/c", 0));
    DONE(os_file_remove(directory, "e", FILE_A_DIRECTORY));
    DONE(os_file_remove(directory, "d", FILE_A_DIRECTORY));
    DONE(os_file_remove(directory, "a", 0));
    DONE(os_file_remove(directory, "to", 0));
    DONE(os_file_remove(directory, "round", 0));
    DONE(os_file_remove(FILE_ROOT, "/names", FILE_A_DIRECTORY));
    FAILS(NOT_FOUND, os_file_open(directory, "late", FILE_WRITE | FILE_MAKE, 0600, &file));
}

static void test_data(void) {
    static const uint64_t places[] = {0, 1, 4095, 4096, 4097, 65535, 65536, 65537, 100000};
    uint32_t file = fresh("/data");
    uint64_t done, count = sizeof places / sizeof places[0];
    for (uint64_t i = 0; i + 1 < count; i++) write_range(file, places[i], places[i + 1]);
    read_range(file, 0, places[count - 1]);
    EXPECT(size_of(file) == places[count - 1]);
    DONE(os_file_read(file, buffer, 10, places[count - 1], &done));
    EXPECT(done == 0);
    write_range(file, 300000, 300001); // behind a hole
    DONE(os_file_read(file, buffer, 300001 - 100000, 100000, &done));
    EXPECT(done == 300001 - 100000 && (uint8_t)buffer[done - 1] == byte_at(300000));
    for (uint64_t i = 0; i + 1 < done; i++) EXPECT(buffer[i] == 0);
    DONE(os_file_seek(file, 150000, FILE_FROM_DATA, &done));
    EXPECT(done == 299008);
    DONE(os_file_seek(file, 0, FILE_FROM_HOLE, &done));
    EXPECT(done == 102400);
    DONE(os_file_seek(file, -1, FILE_FROM_END, &done));
    DONE(os_file_read(file, buffer, 5, FILE_HERE, &done));
    EXPECT(done == 1 && (uint8_t)buffer[0] == byte_at(300000));
    write_range(file, 0, size);
    DONE(os_file_sync(file, 0));
    read_range(file, 0, size);
    DONE(os_file_close(file));
    FAILS(NOT_OPEN, os_file_read(file, buffer, 1, 0, &done));
    file = opened("/data", FILE_READ);
    FAILS(DENIED, os_file_write(file, buffer, 1, 0, &done));
    read_range(file, 0, size);
    DONE(os_file_close(file));
}

static void test_coherent(void) {
    uint32_t file = fresh("/coherent"), other = opened("/coherent", FILE_READ | FILE_WRITE);
    uint64_t done;
    write_range(file, 0, 20 * PAGE);
    struct os_object shared = mapped(file, MAPPED, 0, 20, RW | FILE_SHARED),
                     seen = mapped(other, SECOND, 2, 18, RIGHT_READ);
    for (uint64_t i = 0; i < 20 * PAGE; i += 511) EXPECT(peek(MAPPED + i) == byte_at(i));
    for (uint64_t i = 2 * PAGE; i < 20 * PAGE; i += 511) EXPECT(peek(SECOND + i - 2 * PAGE) == byte_at(i));
    poke(MAPPED + 5 * PAGE + 7, 0x77);
    EXPECT(peek(SECOND + 3 * PAGE + 7) == 0x77);
    DONE(os_file_read(other, buffer, 1, 5 * PAGE + 7, &done));
    EXPECT(buffer[0] == 0x77);
    DONE(os_file_map_sync(&shared, 0, 20));
    poke(MAPPED + 5 * PAGE + 7, 0x78); // written again after it was clean
    EXPECT(peek(SECOND + 3 * PAGE + 7) == 0x78);
    buffer[0] = 0x79;
    DONE(os_file_write(other, buffer, 1, 5 * PAGE + 8, &done));
    EXPECT(peek(MAPPED + 5 * PAGE + 8) == 0x79 && peek(SECOND + 3 * PAGE + 8) == 0x79);
    EXPECT(store_error(SECOND, 1) == 1000 + FAULT_NO_RIGHT);
    os_detach(&shared);
    os_detach(&seen);
    DONE(os_file_close(file));
    DONE(os_file_close(other));
    file = opened("/coherent", FILE_READ);
    DONE(os_file_read(file, buffer, 2, 5 * PAGE + 7, &done));
    EXPECT(done == 2 && buffer[0] == 0x78 && buffer[1] == 0x79);
    DONE(os_file_close(file));
}

static void test_end(void) {
    uint32_t file = fresh("/end");
    write_range(file, 0, 2 * PAGE + 100);
    struct os_object object = mapped(file, MAPPED, 0, 8, RW | FILE_SHARED);
    EXPECT(peek(MAPPED + 2 * PAGE + 99) == byte_at(2 * PAGE + 99) && peek(MAPPED + 2 * PAGE + 100) == 0);
    EXPECT(load_error(MAPPED + 3 * PAGE) == PAGER_OUTSIDE && fault_va == MAPPED + 3 * PAGE);
    EXPECT(store_error(MAPPED + 7 * PAGE + 5, 1) == PAGER_OUTSIDE && fault_va == MAPPED + 7 * PAGE + 5);
    poke(MAPPED + 2 * PAGE + 200, 9); // is in no file
    EXPECT(size_of(file) == 2 * PAGE + 100);
    write_range(file, 3 * PAGE + 1, 3 * PAGE + 2);
    EXPECT(load_error(MAPPED + 3 * PAGE + 1) == PAGER_OK && peek(MAPPED + 3 * PAGE + 1) == byte_at(3 * PAGE + 1));
    EXPECT(peek(MAPPED + 2 * PAGE + 200) == 0);
    EXPECT(load_error(MAPPED + 4 * PAGE) == PAGER_OUTSIDE);
    os_detach(&object);
    DONE(os_file_close(file));
}

static void test_cut(void) {
    uint32_t file = fresh("/cut");
    write_range(file, 0, 40 * PAGE);
    struct os_object shared = mapped(file, MAPPED, 0, 40, RW | FILE_SHARED), own = mapped(file, SECOND, 0, 40, RW);
    for (uint64_t page = 0; page < 40; page++) {
        poke(MAPPED + page * PAGE, 1);
        poke(SECOND + page * PAGE, 2);
    }
    DONE(os_file_truncate(file, 9 * PAGE + 10));
    EXPECT(peek(MAPPED + 8 * PAGE) == 1 && peek(SECOND + 8 * PAGE) == 2 && peek(MAPPED + 9 * PAGE + 10) == 0);
    EXPECT(load_error(MAPPED + 10 * PAGE) == PAGER_OUTSIDE && load_error(SECOND + 10 * PAGE) == PAGER_OUTSIDE);
    EXPECT(load_error(MAPPED + 39 * PAGE) == PAGER_OUTSIDE && load_error(SECOND + 39 * PAGE) == PAGER_OUTSIDE);
    DONE(os_file_truncate(file, 20 * PAGE));
    EXPECT(peek(MAPPED + 10 * PAGE) == 0 && peek(SECOND + 19 * PAGE) == 0 && peek(MAPPED + 9 * PAGE + 11) == 0);
    DONE(os_file_truncate(file, 0));
    EXPECT(load_error(MAPPED) == PAGER_OUTSIDE && load_error(SECOND) == PAGER_OUTSIDE);
    write_range(file, 0, 3 * PAGE);
    EXPECT(peek(MAPPED + 2 * PAGE) == byte_at(2 * PAGE) && peek(SECOND + 1) == byte_at(1));
    os_detach(&shared);
    os_detach(&own);
    DONE(os_file_close(file));
}

static void test_unlinked(void) {
    uint32_t file = fresh("/unlinked");
    struct os_file_space before, after;
    DONE(os_file_sync(FILE_ROOT, 0));
    DONE(os_file_space(&before));
    write_range(file, 0, 300000);
    DONE(os_file_sync(file, 0));
    struct os_object object = mapped(file, MAPPED, 0, 10, RIGHT_READ);
    DONE(os_file_remove(FILE_ROOT, "/unlinked", 0));
    read_range(file, 0, 300000);
    write_range(file, 300000, 310000);
    DONE(os_file_close(file));
    EXPECT(peek(MAPPED + 9 * PAGE) == byte_at(9 * PAGE));
    DONE(os_file_space(&after));
    EXPECT(after.blocks_free < before.blocks_free);
    os_detach(&object);
    DONE(os_file_sync(FILE_ROOT, 0));
    DONE(os_file_space(&after));
    EXPECT(after.blocks_free >= before.blocks_free && after.files_free == before.files_free + 1);
}

static void test_private(void) {
    uint32_t file = fresh("/private");
    write_range(file, 0, 20 * PAGE);
    struct os_object own = mapped(file, MAPPED, 0, 20, RW | RIGHT_EXECUTE), other = mapped(file, SECOND, 0, 20, RW);
    for (uint64_t page = 0; page < 20; page += 3) poke(MAPPED + page * PAGE + page, 0xaa);
    for (uint64_t page = 0; page < 20; page++) {
        EXPECT(peek(MAPPED + page * PAGE + page) == (page % 3 == 0 ? 0xaa : byte_at(page * PAGE + page)));
        EXPECT(peek(MAPPED + page * PAGE + 100) == byte_at(page * PAGE + 100));
        EXPECT(peek(SECOND + page * PAGE + page) == byte_at(page * PAGE + page));
    }
    read_range(file, 0, 20 * PAGE);
    seed++; // what is written to the file shows where there is no copy
    write_range(file, 0, 20 * PAGE);
    EXPECT(peek(MAPPED + PAGE) == byte_at(PAGE) && peek(SECOND + 3 * PAGE) == byte_at(3 * PAGE));
    seed--;
    EXPECT(peek(MAPPED + 3 * PAGE + 100) == byte_at(3 * PAGE + 100));
    os_detach(&own);
    os_detach(&other);
    DONE(os_file_close(file));
}

static void test_forked(void) {
    static struct os_object own, shared;
    uint32_t file = fresh("/forked");
    uint64_t done;
    write_range(file, 0, 10 * PAGE);
    own = mapped(file, MAPPED, 0, 10, RW);
    shared = mapped(file, SECOND, 0, 10, RW | FILE_SHARED);
    EXPECT(os_inherit(&own, "files") && os_inherit(&shared, "files"));
    poke(MAPPED + PAGE, 1);
    poke(SECOND + 2 * PAGE, 2);
    DONE(os_file_seek(file, 100, FILE_FROM_START, &done));
    struct result child = os_fork();
    EXPECT(child.status == STATUS_OK);
    if (child.value == 0) {
        EXPECT(peek(MAPPED + PAGE) == 1 && peek(SECOND + 2 * PAGE) == 2 && peek(MAPPED) == byte_at(0));
        poke(MAPPED + PAGE, 3);
        poke(MAPPED + 3 * PAGE, 3);
        poke(SECOND + 4 * PAGE, 4);
        DONE(os_file_read(file, buffer, 10, FILE_HERE, &done));
        EXPECT(done == 10 && (uint8_t)buffer[0] == byte_at(100));
        DONE(os_file_read(file, buffer, 8192, 0, &done));
        EXPECT(done == 8192);
        os_exit(0);
    }
    struct os_end end = os_wait(child.value);
    EXPECT(end.how == OS_ENDED_EXIT && end.value == 0);
    EXPECT(peek(MAPPED + PAGE) == 1 && peek(MAPPED + 3 * PAGE) == byte_at(3 * PAGE) && peek(SECOND + 4 * PAGE) == 4);
    DONE(os_file_seek(file, 0, FILE_FROM_HERE, &done));
    EXPECT(done == 110);
    os_disinherit(&own);
    os_disinherit(&shared);
    os_detach(&own);
    os_detach(&shared);
    DONE(os_file_close(file));
}

// Of the last page only some blocks are on the disk, where the page comes from.
static void test_tail(void) {
    uint32_t file = opened("/a/b/c/random", FILE_READ | FILE_WRITE);
    uint64_t done;
    EXPECT(size_of(file) == 300000);
    DONE(os_file_read(file, buffer, 1, 299999, &done));
    DONE(os_file_truncate(file, 299500));
    DONE(os_file_truncate(file, 300000));
    DONE(os_file_read(file, buffer, 1000, 299500, &done));
    EXPECT(done == 500);
    for (uint64_t i = 0; i < done; i++) EXPECT(buffer[i] == 0);
    DONE(os_file_close(file));
}

static void test_sparse(void) {
    uint32_t file = fresh("/sparse");
    uint64_t done, most = UINT64_C(1) << 40;
    if (os_file_truncate(file, most) != FILE_OK) DONE(os_file_truncate(file, most = UINT64_C(15) << 30));
    FAILS(BAD_ARGUMENT, os_file_seek(file, 0, FILE_FROM_DATA, &done));
    DONE(os_file_seek(file, 12345, FILE_FROM_HOLE, &done));
    EXPECT(done == 12345);
    write_range(file, most / 2 + 5000, most / 2 + 5001);
    for (unsigned round = 0; round < 2; round++) { // in the cache only; on the disk
        DONE(os_file_seek(file, 1, FILE_FROM_DATA, &done));
        EXPECT(done == most / 2 + PAGE);
        DONE(os_file_seek(file, (int64_t)done, FILE_FROM_HOLE, &done));
        EXPECT(done == most / 2 + 2 * PAGE);
        FAILS(BAD_ARGUMENT, os_file_seek(file, (int64_t)done, FILE_FROM_DATA, &done));
        DONE(os_file_sync(file, 0));
    }
    DONE(os_file_close(file));
    DONE(os_file_remove(FILE_ROOT, "/sparse", 0));
}

static uint32_t of_memory(const char *name, uint64_t flags, uint64_t *number) {
    uint32_t file;
    DONE(os_file_memory(name, flags, 0600, 0, number, &file));
    return file;
}

static uint64_t memory_pages(void) {
    struct os_file_counters counters;
    DONE(os_file_counters(&counters));
    return counters.pages_memory;
}

// Pages are those that were written; all are gone with the last who has the file.
static void memory_pages_come_and_go(void) {
    uint64_t number = 0, done;
    struct os_file_stat stat;
    uint32_t file = of_memory("", FILE_READ | FILE_WRITE, &number), same;
    DONE(os_file_truncate(file, 100 * PAGE));
    DONE(os_file_read(file, buffer, 100, 50 * PAGE, &done));
    EXPECT(done == 100 && buffer[7] == 0 && memory_pages() == 0);
    write_range(file, 3 * PAGE + 5, 5 * PAGE + 6);
    read_range(file, 3 * PAGE + 5, 5 * PAGE + 6);
    EXPECT(memory_pages() == 3);
    DONE(os_file_seek(file, 0, FILE_FROM_DATA, &done));
    EXPECT(done == 3 * PAGE);
    DONE(os_file_seek(file, (int64_t)done, FILE_FROM_HOLE, &done));
    EXPECT(done == 6 * PAGE);
    struct os_object shared = mapped(file, MAPPED, 0, 101, RW | FILE_SHARED), own = mapped(file, SECOND, 4, 4, RW);
    EXPECT(peek(MAPPED + 4 * PAGE) == byte_at(4 * PAGE) && peek(SECOND + 1) == byte_at(4 * PAGE + 1));
    poke(MAPPED + 4 * PAGE, 1);
    EXPECT(peek(SECOND) == 1);
    poke(SECOND, 2);
    poke(SECOND + 3 * PAGE, 3);
    EXPECT(peek(MAPPED + 4 * PAGE) == 1 && peek(MAPPED + 7 * PAGE) == 0);
    EXPECT(load_error(MAPPED + 100 * PAGE) == PAGER_OUTSIDE);
    DONE(os_file_truncate(file, 4 * PAGE + 1));
    EXPECT(load_error(MAPPED + 5 * PAGE) == PAGER_OUTSIDE && load_error(SECOND + 3 * PAGE) == PAGER_OUTSIDE);
    EXPECT(peek(MAPPED + 4 * PAGE) == 1 && memory_pages() == 2);
    DONE(os_file_truncate(file, 200 * PAGE));
    EXPECT(peek(MAPPED + 4 * PAGE + 1) == 0 && peek(MAPPED + 5 * PAGE) == 0);
    DONE(os_file_stat(file, "", 0, &stat));
    EXPECT(stat.inode == number && stat.mappings == 2 && stat.size == 200 * PAGE && stat.links == 0);
    FAILS(NOT_FOUND, os_file_memory("", FILE_READ, 0, 0, &number, &same)); // nobody else has it
    FAILS(NOT_DIRECTORY, os_file_open(file, "x", FILE_READ, 0, &same));
    DONE(os_file_close(file));
    os_detach(&shared);
    EXPECT(memory_pages() > 0 && peek(SECOND) == 2); // a mapping has it
    os_detach(&own);
    while (memory_pages() > 0) continue;
}

static void memory_is_sealed(void) {
    uint64_t number = 0, done, sealed;
    uint32_t file = of_memory("", FILE_READ | FILE_WRITE, &number), other = fresh("/unsealed");
    struct os_object shared;
    DONE(os_file_truncate(file, PAGE));
    shared = mapped(file, MAPPED, 0, 1, RW | FILE_SHARED);
    FAILS(BUSY, os_file_seal(file, FILE_SEAL_WRITE, &sealed));
    os_detach(&shared);
    DONE(os_file_seal(file, FILE_SEAL_WRITE | FILE_SEAL_SHRINK, &sealed));
    FAILS(SEALED, os_file_write(file, buffer, 1, 0, &done));
    FAILS(SEALED, os_file_truncate(file, 1));
    FAILS(SEALED, os_file_map(&shared, file, MAPPED, 0, 1, RW | FILE_SHARED));
    DONE(os_file_truncate(file, 300 * PAGE));
    DONE(os_file_seal(file, FILE_SEAL_SEAL, &sealed));
    FAILS(SEALED, os_file_seal(file, FILE_SEAL_GROW, &sealed));
    DONE(os_file_seal(file, 0, &sealed));
    EXPECT(sealed == (FILE_SEAL_WRITE | FILE_SEAL_SHRINK | FILE_SEAL_SEAL));
    DONE(os_file_close(file));
    FAILS(UNSUPPORTED, os_file_seal(other, FILE_SEAL_GROW, &sealed));
    DONE(os_file_close(other));
    DONE(os_file_remove(FILE_ROOT, "/unsealed", 0));
}

static void memory_has_names(void) {
    uint64_t number = 0, done;
    uint32_t named, same;
    FAILS(NOT_FOUND, os_file_memory("name", FILE_READ, 0, 0, &number, &named));
    named = of_memory("name", FILE_READ | FILE_WRITE | FILE_MAKE | FILE_NEW, &number);
    FAILS(EXISTS, os_file_memory("name", FILE_READ | FILE_MAKE | FILE_NEW, 0, 0, &(uint64_t){0}, &same));
    write_range(named, 0, 10);
    DONE(os_file_close(named));
    named = of_memory("", FILE_READ, &number);
    same = of_memory("name", FILE_READ, &(uint64_t){0});
    read_range(same, 0, 10);
    DONE(os_file_names(&(uint64_t){0}, buffer, PAGE, &done));
    EXPECT(done == 32 && ((const struct os_file_entry *)(void *)buffer)->inode == number && memory_pages() == 1);
    DONE(os_file_unname(number, ""));
    FAILS(NOT_FOUND, os_file_unname(0, "name"));
    DONE(os_file_close(named));
    read_range(same, 0, 10);
    DONE(os_file_close(same));
    while (memory_pages() > 0) continue;
}

// A child sees what its parent does, and the other way round; one that dies leaves nothing.
static void memory_is_inherited(void) {
    uint64_t number = 0;
    uint32_t file = of_memory("", FILE_READ | FILE_WRITE, &number);
    DONE(os_file_truncate(file, 4 * PAGE));
    struct os_object object = mapped(file, MAPPED, 0, 4, RW | FILE_SHARED);
    EXPECT(os_inherit(&object, "files"));
    poke(MAPPED, 1);
    struct result child = os_fork();
    EXPECT(child.status == STATUS_OK);
    if (child.value == 0) {
        uint64_t other = 0;
        uint32_t own = of_memory("", FILE_READ | FILE_WRITE, &other);
        EXPECT(peek(MAPPED) == 1);
        poke(MAPPED + PAGE, 2);
        DONE(os_file_truncate(own, 10 * PAGE));
        mapped(own, SECOND, 0, 10, RW | FILE_SHARED);
        for (uint64_t page = 0; page < 10; page++) poke(SECOND + page * PAGE, 3);
        EXPECT(memory_pages() >= 12);
        os_exit(0);
    }
    struct os_end end = os_wait(child.value);
    EXPECT(end.how == OS_ENDED_EXIT && end.value == 0 && peek(MAPPED + PAGE) == 2);
    while (memory_pages() > 4) continue;
    os_disinherit(&object);
    os_detach(&object);
    DONE(os_file_close(file));
    while (memory_pages() > 0) continue;
}

// More of the same file, by a mapping of it, when the file is closed.
static void memory_is_extended(void) {
    struct os_object first, second, third;
    uint64_t number, same;
    DONE(os_file_object(&first, FILE_ROOT, MAPPED, 0, 3, RW | FILE_SHARED, &number));
    EXPECT(os_region(HANDLE_SELF, MAPPED, 3, first.pager, first.cookie, 0, RW, 0).status == STATUS_OK);
    poke(MAPPED + 2 * PAGE, 7);
    DONE(os_file_object(&second, first.cookie, SECOND, 2, 5, FILE_AS_BEFORE, &same));
    EXPECT(os_region(HANDLE_SELF, SECOND, 5, second.pager, second.cookie, 0, RW, 0).status == STATUS_OK);
    EXPECT(same == number && peek(SECOND) == 7 && load_error(SECOND + PAGE) == PAGER_OUTSIDE);
    os_detach(&first);
    FAILS(BAD_ARGUMENT, os_file_object(&third, first.cookie, MAPPED, 0, 1, FILE_AS_BEFORE, NULL));
    FAILS(BAD_ARGUMENT, os_file_object(&third, PAGER_COOKIE | 12345, MAPPED, 0, 1, FILE_AS_BEFORE, NULL));
    FAILS(BAD_ARGUMENT, os_file_object(&third, second.cookie, MAPPED + 1, 0, 1, FILE_AS_BEFORE, NULL));
    FAILS(BAD_ARGUMENT, os_file_object(&third, FILE_ROOT, MAPPED, 0, UINT64_MAX, RW | FILE_SHARED, NULL));
    FAILS(BAD_ARGUMENT, os_file_object(&third, FILE_ROOT, MAPPED, UINT64_MAX, 1, RW | FILE_SHARED, NULL));
    FAILS(BAD_ARGUMENT, os_file_object(&third, FILE_ROOT, MAPPED, UINT64_C(1) << 39, 1, RW | FILE_SHARED, NULL));
    EXPECT(peek(SECOND) == 7);
    os_detach(&second);
    while (memory_pages() > 0) continue;
}

static void test_memory(void) {
    memory_pages_come_and_go();
    memory_is_sealed();
    memory_has_names();
    memory_is_inherited();
    memory_is_extended();
}

// What does not fit is refused, and is nobody else's loss.
static void fill_memory(void) {
    uint64_t number = 0, done, all = 0, count = 0;
    uint32_t file = of_memory("", FILE_READ | FILE_WRITE, &number), first;
    while (os_file_write(file, buffer, buffer_size, all, &done) == FILE_OK) all += done;
    FAILS(NO_SPACE, os_file_write(file, buffer, buffer_size, all, &done));
    DONE(os_file_truncate(file, all * 2));
    struct os_object object = mapped(file, MAPPED, 0, all / PAGE + 1, RW | FILE_SHARED);
    EXPECT(store_error(MAPPED + (all + PAGE - 1) / PAGE * PAGE, 1) == PAGER_NO_ROOM);
    os_detach(&object);
    DONE(os_file_truncate(file, 0));
    EXPECT(memory_pages() == 0);
    DONE(os_file_close(file));
    number = 0;
    for (first = file = of_memory("", FILE_READ, &number);; count++) {
        number = 0;
        if (os_file_memory("", FILE_READ, 0, 0, &number, &file) != FILE_OK) break;
    }
    EXPECT(count > 900);
    for (; file >= first; file--) os_file_close(file);
}

static void test_hostile(void) {
    struct result handle = os_lookup("files");
    uint32_t file = fresh("/hostile");
    struct os_object object;
    uint64_t done;
    write_range(file, 0, 100);
    FAILS(BAD_ARGUMENT, os_file_map(&object, file, MAPPED + 1, 0, 1, RW));
    FAILS(BAD_ARGUMENT, os_file_map(&object, file, MAPPED, 0, 0, RW));
    FAILS(BAD_ARGUMENT, os_file_map(&object, file, MAPPED, UINT64_MAX, 1, RW));
    FAILS(BAD_ARGUMENT, os_file_map(&object, file, MAPPED, 0, 1, RIGHT_WRITE));
    FAILS(BAD_ARGUMENT, os_file_map(&object, file, MAPPED, 0, 1, RW | PAGER_WINDOW));
    FAILS(NOT_OPEN, os_file_map(&object, 999, MAPPED, 0, 1, RW));
    FAILS(NOT_OPEN, os_file_close(UINT32_MAX));
    FAILS(TOO_LARGE, os_file_write(file, buffer, 1, UINT64_MAX - 5, &done));
    FAILS(TOO_LARGE, os_file_truncate(file, UINT64_MAX - 5));
    FAILS(BAD_ARGUMENT, os_file_seek(file, -1, FILE_FROM_START, &done));
    for (uint64_t label = 0; label < 256; label++) { // garbage, to every call but `begin` and `close`
        if (label == FILE_CALL_FIRST + FILE_CALL_begin || label == FILE_CALL_FIRST + FILE_CALL_close ||
            label == PAGER_CALL_forget)
            continue;
        for (uint64_t word = 0; word < 4; word++) {
            uint64_t w = word == 0 ? 0 : word == 1 ? UINT64_MAX : word == 2 ? file : value_at(label);
            memset(os_self()->message, word == 3 ? 0 : 'x', PAGE);
            uint64_t tag =
                MESSAGE_CALL | label << TAG_LABEL_SHIFT | (word % 2 != 0 ? TAG_TEXT | 4096u << TAG_TEXT_SHIFT : 0);
            os_call(handle.value, tag, w, w, word == 3 ? UINT64_MAX : w, w, 0);
        }
    }
    fill_memory();
    uint32_t again = opened("/hostile", FILE_READ);
    DONE(os_file_close(again));
    os_close(handle.value);
}

static void test_many(void) {
    static char path[] = "/many/0000";
    uint32_t file;
    DONE(os_file_make(FILE_ROOT, "/many", FILE_TYPE_DIRECTORY | 0755, 0));
    for (uint64_t i = 0; i < 300; i++) {
        for (uint64_t digit = 0, rest = i; digit < 4; digit++, rest /= 10) path[9 - digit] = (char)('0' + rest % 10);
        file = fresh(path);
        write_range(file, 0, i * 37);
        DONE(os_file_close(file));
    }
    for (uint64_t i = 0; i < 300; i++) {
        for (uint64_t digit = 0, rest = i; digit < 4; digit++, rest /= 10) path[9 - digit] = (char)('0' + rest % 10);
        file = opened(path, FILE_READ);
        EXPECT(size_of(file) == i * 37);
        read_range(file, 0, i * 37);
        DONE(os_file_close(file));
        if (i % 2 == 0) DONE(os_file_remove(FILE_ROOT, path, 0));
    }
    uint64_t open = 0;
    while (os_file_open(FILE_ROOT, "/many/0001", FILE_READ, 0, &file) == FILE_OK) open++;
    FAILS(FULL, os_file_open(FILE_ROOT, "/many/0001", FILE_READ, 0, &file));
    EXPECT(open >= 1000);
}

// Every page is written through a mapping; each word of a page holds where it is.
static void test_large(void) {
    uint32_t file = fresh("/large");
    uint64_t pages = size / PAGE;
    DONE(os_file_truncate(file, size));
    struct os_object object = mapped(file, MAPPED, 0, pages, RW | FILE_SHARED);
    for (uint64_t page = 0; page < pages; page++) {
        volatile uint64_t *word = (volatile uint64_t *)(MAPPED + page * PAGE);
        for (uint64_t i = 0; i < PAGE / 8; i += 64) word[i] = value_at(page * (PAGE / 8) + i);
    }
    os_detach(&object);
    DONE(os_file_sync(file, 0));
    DONE(os_file_close(file));
}

static void test_check(void) {
    uint32_t file = opened("/large", FILE_READ);
    struct os_object object = mapped(file, MAPPED, 0, size / PAGE, RIGHT_READ);
    EXPECT(size_of(file) == size);
    for (uint64_t page = 0; page < size / PAGE; page++) {
        const volatile uint64_t *word = (const volatile uint64_t *)(MAPPED + page * PAGE);
        for (uint64_t i = 0; i < PAGE / 8; i++) {
            if (word[i] == (i % 64 == 0 ? value_at(page * (PAGE / 8) + i) : 0)) continue;
            os_print("filetest: page %lu, word %lu is 0x%lx\n", page, i, word[i]);
            os_exit(WRONG);
        }
    }
    os_detach(&object);
    DONE(os_file_close(file));
}

// All that the cache holds is dirty, and is written, when copies need memory.
static void test_pressed(void) {
    uint32_t file = fresh("/pressed");
    uint64_t pages = size / PAGE;
    struct os_file_counters before, after;
    DONE(os_file_counters(&before));
    DONE(os_file_truncate(file, size));
    struct os_object shared = mapped(file, MAPPED, 0, pages, RW | FILE_SHARED),
                     own = mapped(file, SECOND, 0, pages, RW);
    for (uint64_t page = 0; page < pages; page++) poke(MAPPED + page * PAGE, (uint8_t)page);
    for (uint64_t page = 0; page < pages; page++) {
        if (page % 4 == 0) EXPECT(store_error(SECOND + page * PAGE + 1, 0x55) == PAGER_OK);
        poke(MAPPED + page * PAGE + 2, (uint8_t)(page + 1));
    }
    for (uint64_t page = 0; page < pages; page++) {
        uint64_t va = SECOND + page * PAGE;
        EXPECT(peek(va) == (uint8_t)page && peek(va + 1) == (page % 4 == 0 ? 0x55 : 0));
        EXPECT(peek(MAPPED + page * PAGE + 2) == (uint8_t)(page + 1));
    }
    DONE(os_file_counters(&after));
    EXPECT(after.read - before.read < 8 * pages); // what is about to be copied does not go to make room for its copy
    os_detach(&shared);
    os_detach(&own);
    DONE(os_file_close(file));
}

// What is being written in time already is on the disk too, when sync says so.
static void test_synced(void) {
    uint32_t file = fresh("/synced");
    struct os_file_counters counters;
    write_range(file, 0, size);
    DONE(os_file_close(file));
    do DONE(os_file_counters(&counters));
    while (counters.pages_writing == 0);
    EXPECT(counters.pages_dirty > 0);
    DONE(os_file_sync(FILE_ROOT, 0));
    DONE(os_file_counters(&counters));
    EXPECT(counters.pages_dirty == 0 && counters.pages_writing == 0);
}

// The disk has less room than is written; what was there stays.
static void test_full(void) {
    uint32_t file = fresh("/full"), other = fresh("/kept");
    uint64_t done, all = 0;
    enum file_error error = FILE_OK;
    write_range(other, 0, 50000);
    while (error == FILE_OK) {
        error = os_file_write(file, buffer, buffer_size, all, &done);
        all += done;
    }
    FAILS(NO_SPACE, error);
    DONE(os_file_sync(file, 0));
    EXPECT(size_of(file) == all);
    DONE(os_file_truncate(file, all + 100 * PAGE));
    struct os_object object = mapped(file, MAPPED, 0, (all + 100 * PAGE) / PAGE, RW | FILE_SHARED);
    uint64_t error_there = PAGER_OK;
    for (uint64_t page = all / PAGE + 1; page < all / PAGE + 90 && error_there == PAGER_OK; page++)
        error_there = store_error(MAPPED + page * PAGE, 1);
    EXPECT(error_there == PAGER_NO_ROOM);
    os_detach(&object);
    read_range(other, 0, 50000);
    DONE(os_file_close(file));
    DONE(os_file_remove(FILE_ROOT, "/full", 0));
    write_range(other, 0, 100000);
    DONE(os_file_sync(other, 0));
    DONE(os_file_close(other));
}

// ---- disks that fail ----

enum { BAD_PAGE = 40, BAD_PAGES = 73, BAD_SIZE = 300000 };
static const char bad_file[] = "/a/b/c/random";

// Page 40 of a file cannot be read; the others can, and all other files.
static void test_unread(void) {
    uint32_t file = opened(bad_file, FILE_READ | FILE_WRITE), other;
    uint64_t done;
    for (uint64_t page = 0; page < BAD_PAGES; page++) {
        enum file_error error = os_file_read(file, buffer, PAGE, page * PAGE, &done);
        expect_error(error, page == BAD_PAGE ? FILE_IO : FILE_OK, "a page is read", (int)page);
    }
    DONE(os_file_read(file, buffer, 2 * PAGE, (BAD_PAGE - 1) * PAGE, &done));
    EXPECT(done == PAGE); // as far as it goes
    struct os_object shared = mapped(file, MAPPED, 0, BAD_PAGES, RW | FILE_SHARED),
                     own = mapped(file, SECOND, 0, BAD_PAGES, RW);
    for (uint64_t page = 0; page < BAD_PAGES; page++) {
        uint64_t error = page == BAD_PAGE ? PAGER_IO_ERROR : PAGER_OK;
        EXPECT(load_error(MAPPED + page * PAGE) == error && load_error(SECOND + page * PAGE + 9) == error);
        EXPECT(store_error(SECOND + page * PAGE, 1) == error);
    }
    EXPECT(store_error(MAPPED + BAD_PAGE * PAGE, 1) == PAGER_IO_ERROR && fault_va == MAPPED + BAD_PAGE * PAGE);
    FAILS(IO, os_file_write(file, buffer, 1, BAD_PAGE * PAGE + 7, &done)); // the rest of the page must be kept
    DONE(os_file_open(FILE_ROOT, "/hello.txt", FILE_READ, 0, &other));
    DONE(os_file_read(other, buffer, 5, 0, &done));
    EXPECT(done == 5 && buffer[0] == 'h');
    write_range(file, BAD_PAGE * PAGE, (BAD_PAGE + 1) * PAGE); // nothing needs to be read
    read_range(file, BAD_PAGE * PAGE, (BAD_PAGE + 1) * PAGE);
    EXPECT(load_error(MAPPED + BAD_PAGE * PAGE) == PAGER_OK &&
           peek(MAPPED + BAD_PAGE * PAGE) == byte_at(BAD_PAGE * PAGE));
    DONE(os_file_sync(file, 0));
    os_detach(&shared);
    os_detach(&own);
    DONE(os_file_close(file));
    DONE(os_file_close(other));
}

// Page 40 of a file cannot be written; the others are.
static void test_unwritten(void) {
    uint32_t file = opened(bad_file, FILE_READ | FILE_WRITE), other = fresh("/other");
    write_range(file, 0, BAD_SIZE);
    write_range(other, 0, BAD_SIZE);
    FAILS(IO, os_file_sync(file, 0));
    FAILS(IO, os_file_sync(file, 0)); // it is still not there
    DONE(os_file_sync(other, 0));
    FAILS(IO, os_file_sync(FILE_ROOT, 0));
    read_range(file, 0, BAD_SIZE);
    struct os_object object = mapped(file, MAPPED, 0, BAD_PAGES, RW | FILE_SHARED);
    poke(MAPPED + BAD_PAGE * PAGE, byte_at(BAD_PAGE * PAGE));
    poke(MAPPED + 20 * PAGE, byte_at(20 * PAGE));
    DONE(os_file_map_sync(&object, 20, 1));
    FAILS(IO, os_file_map_sync(&object, BAD_PAGE, 1));
    FAILS(IO, os_file_map_sync(&object, 0, BAD_PAGES));
    os_detach(&object);
    DONE(os_file_close(file));
    DONE(os_file_close(other));
}

// Nothing can be committed: what is known can still be read, and nothing more is written.
static void test_uncommitted(void) {
    uint32_t file = opened("/hello.txt", FILE_READ), other = fresh("/other");
    uint64_t done;
    write_range(other, 0, 100000);
    FAILS(IO, os_file_sync(other, 0));
    FAILS(READ_ONLY, os_file_write(other, buffer, 1, 0, &done));
    FAILS(READ_ONLY, os_file_make(FILE_ROOT, "/directory", FILE_TYPE_DIRECTORY | 0755, 0));
    DONE(os_file_read(file, buffer, 5, 0, &done));
    EXPECT(done == 5 && buffer[0] == 'h');
    read_range(other, 0, 100000);
    DONE(os_file_close(file));
    file = opened(bad_file, FILE_READ);
    DONE(os_file_read(file, buffer, PAGE, 0, &done));
    EXPECT(done == PAGE);
}

// With nobody to tell.
static void test_touch(void) {
    uint32_t file = opened(bad_file, FILE_READ);
    mapped(file, MAPPED, 0, BAD_PAGES, RIGHT_READ);
    for (uint64_t page = 0; page < BAD_PAGES; page++) peek(MAPPED + page * PAGE);
}

// The disk is late for one; another has all that it needs.
static void test_late(void) {
    uint32_t file = fresh("/near"), far, flag = fresh("/flag");
    uint64_t done;
    write_range(file, 0, 30 * PAGE);
    write_range(flag, 0, 1);
    struct os_object object = mapped(file, MAPPED, 0, 30, RW | FILE_SHARED),
                     seen = mapped(flag, SECOND, 0, 1, RW | FILE_SHARED);
    DONE(os_file_sync(file, 0));
    DONE(os_file_sync(flag, 0));
    EXPECT(os_inherit(&seen, "files"));
    poke(SECOND, 1);
    struct result child = os_fork();
    EXPECT(child.status == STATUS_OK);
    if (child.value == 0) {
        far = opened(bad_file, FILE_READ | FILE_WRITE);
        poke(SECOND, 2);
        for (unsigned times = 0; times < 5; times++) {
            write_range(far, times * 10 * PAGE, (times * 10 + 1) * PAGE);
            DONE(os_file_sync(far, 0));
        }
        poke(SECOND, 3);
        os_exit(0);
    }
    while (peek(SECOND) == 1) DONE(os_file_read(flag, buffer, 1, 0, &done));
    for (unsigned times = 0; times < 20; times++) {
        read_range(file, 0, 30 * PAGE);
        for (uint64_t page = 0; page < 30; page++) poke(MAPPED + page * PAGE, byte_at(page * PAGE));
        DONE(os_file_write(file, buffer, 100, 0, &done));
        write_range(file, 0, 100);
    }
    EXPECT(peek(SECOND) == 2);
    struct os_end end = os_wait(child.value);
    EXPECT(end.how == OS_ENDED_EXIT && end.value == 0 && peek(SECOND) == 3);
    os_disinherit(&seen);
    os_detach(&seen);
    os_detach(&object);
}

static void run(enum which test) {
    static void (*const tests[])(void) = {
        [NAMES] = test_names,
        [DATA] = test_data,
        [COHERENT] = test_coherent,
        [END] = test_end,
        [CUT] = test_cut,
        [TAIL] = test_tail,
        [SPARSE] = test_sparse,
        [PRESSED] = test_pressed,
        [SYNCED] = test_synced,
        [UNLINKED] = test_unlinked,
        [PRIVATE] = test_private,
        [FORKED] = test_forked,
        [MEMORY] = test_memory,
        [HOSTILE] = test_hostile,
        [MANY] = test_many,
        [LARGE] = test_large,
        [FULL] = test_full,
        [CHECK] = test_check,
        [UNREAD] = test_unread,
        [UNWRITTEN] = test_unwritten,
        [UNCOMMITTED] = test_uncommitted,
        [TOUCH] = test_touch,
        [LATE] = test_late,
    };
    tests[test]();
    os_print("filetest: %s is well\n", names[test]);
}

int main(void) {
    const struct words_choice choices[] = {{names, &which}};
    const struct words_setting settings[] = {{"size", &size, PAGE, UINT64_C(1) << 32}, {"seed", &seed, 0, UINT64_MAX}};
    if (!words_read(usage, choices, 1, settings, 2)) return 2;
    buffer_size = 256 << 10;
    buffer = (char *)os_pages_take(buffer_size / PAGE);
    EXPECT(buffer != NULL);
    if (which != TOUCH) os_handler_set(note);
    DONE(os_files_begin("files", OS_FILES));
    if (which != ALL) run((enum which)which);
    for (enum which test = NAMES; which == ALL && test < MANY; test++) run(test);
    return 0;
}
