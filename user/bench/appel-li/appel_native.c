// SPDX-License-Identifier: MIT
// The Appel-Li bench on Pagoda: its calls, its pagers as the system description has them, and appel_server.c.
#include "appel.h"
#include "appel_server.h"

#include <os/arena.h>
#include <os/attach.h>
#include <os/begin.h>
#include <os/files.h>
#include <os/handlers.h>
#include <os/parts.h>
#include <os/print.h>
#include <os/process.h>
#include <os/ranges.h>
#include <os/stubs.h>
#include <os/threads.h>

enum { PLACES = 8, INSTRUCTION = 4, WORDS_MOST = 8 };
#define PLACE(index) (0x40000000ul + (uint64_t)(index)*0x4000000ul)
#define BOTH         (RIGHT_READ | RIGHT_WRITE)

// What was taken; of a place, an object of a pager, or pages of the server's.
static struct place {
    enum { FREE, OBJECT, PAGED } what;
    struct os_object object;
} places[PLACES];

static uint64_t aliased_va, aliased_pages, alias_at;
static uint64_t server, space;
static appel_handler *handler;

// ---- memory ----

static struct place *free_place(void) {
    for (unsigned i = 0; i < PLACES; i++) {
        if (places[i].what == FREE) return &places[i];
    }
    return NULL;
}

static uint64_t va_of(const struct place *place) { return PLACE(place - places); }

static struct place *place_of(uint64_t va) { return &places[(va - PLACE(0)) / (PLACE(1) - PLACE(0))]; }

static uint64_t take(enum appel_kind kind, uint64_t pages) {
    if (kind == APPEL_ALIASED) {
        aliased_pages = pages;
        return aliased_va = os_pages_take(pages);
    }
    const char *name = kind == APPEL_READ ? "zero" : "anon";
    struct place *place = free_place();
    struct result pager = os_lookup(name);
    if (place == NULL || pager.status != STATUS_OK) return 0;
    if (os_attach(&place->object, pager.value, name, va_of(place), pages, BOTH, 0) != PAGER_OK) return 0;
    if (!os_inherit(&place->object, name)) return 0;
    place->what = OBJECT;
    return va_of(place);
}

static void give(uint64_t va) {
    if (va == aliased_va) {
        os_pages_give(va, aliased_pages);
        aliased_va = 0;
        return;
    }
    struct place *place = place_of(va);
    if (place->what == OBJECT) {
        os_disinherit(&place->object);
        os_detach(&place->object);
        os_close(place->object.pager);
    } else {
        os_region_range(HANDLE_SELF, va, APPEL_SERVER_PAGES, REGION_REMOVE, 0, 0, 0, 0);
    }
    place->what = FREE;
}

static bool forget(uint64_t va, uint64_t pages) {
    uint64_t first = (va - va_of(place_of(va))) / OS_PAGE;
    return os_discard(&place_of(va)->object, first, pages) == PAGER_OK;
}

static bool protect(uint64_t va, uint64_t pages) { return os_prot(0, va, pages, RIGHT_READ).status == STATUS_OK; }

static bool allow(uint64_t va, uint64_t pages) { return os_unprot(0, va, pages, BOTH).status == STATUS_OK; }

static bool watch(uint64_t va, uint64_t pages) { return os_dirty(0, va, pages, DIRTY_WRITTEN).status == STATUS_OK; }

static bool find_written(uint64_t va, uint64_t pages, bool *written) {
    if (os_dirty(0, va, pages, DIRTY_WRITTEN).status != STATUS_OK) return false;
    const uint64_t *bitmap = os_self()->message;
    for (uint64_t page = 0; page < pages; page++) written[page] = (bitmap[page / 64] >> page % 64 & 1) != 0;
    return true;
}

static uint64_t alias(uint64_t va) {
    return os_map2(va, 0, alias_at, 1, RIGHT_READ).status == STATUS_OK ? alias_at : 0;
}

static bool unalias(uint64_t at) { return os_unmap(0, at, 1).status == STATUS_OK; }

#define FILE_PLACE 0x3000000000ul

static uint32_t file;
static struct os_object file_object;

static bool open_file(uint64_t flags) {
    return os_files_begin("files", OS_FILES) == FILE_OK &&
           os_file_open(FILE_ROOT, "/appel", FILE_READ | FILE_WRITE | flags, 0644, &file) == FILE_OK;
}

static bool make_file(uint64_t pages) {
    uint64_t done;
    bool made = open_file(FILE_MAKE | FILE_TRUNCATE) && os_file_truncate(file, pages * OS_PAGE) == FILE_OK;
    for (uint64_t page = 0; page < pages && made; page++)
        made = os_file_write(file, &page, sizeof page, page * OS_PAGE, &done) == FILE_OK && done == sizeof page;
    return made && os_file_sync(file, 0) == FILE_OK;
}

// The session with the server lasts as long as the mapping: a fork would have to copy it.
static uint64_t map_file(uint64_t pages, bool shared) {
    static bool is_made;
    uint64_t options = BOTH | (shared ? FILE_SHARED : 0);
    if (!(is_made ? open_file(0) : make_file(pages))) return 0;
    is_made = true;
    return os_file_map(&file_object, file, FILE_PLACE, 0, pages, options) == FILE_OK ? FILE_PLACE : 0;
}

static void unmap_file(uint64_t va, uint64_t pages) {
    (void)va, (void)pages;
    os_detach(&file_object);
    os_file_sync(file, 0);
    os_files_end();
}

// ---- faults ----

static void on_fault(struct upcall_registers *interrupted, struct os_fault *fault) {
    uint64_t va = fault->message.word[1];
    if (handler == NULL) os_handler_give_up(interrupted, fault);
    if (handler(va) == APPEL_SKIP) {
        interrupted->pc += INSTRUCTION;
        return;
    }
    fault->flags = RESUME_UNPROT;
    fault->va = va & ~(uint64_t)(OS_PAGE - 1);
    fault->pages = 1;
    fault->rights = BOTH;
}

static void handle(appel_handler *chosen) { handler = chosen; }

// ---- processes ----

static uint64_t take_paged(uint64_t pages) {
    struct place *place = free_place();
    if (place == NULL || pages != APPEL_SERVER_PAGES) return 0;
    if (os_region_range(HANDLE_SELF, va_of(place), pages, server, 0, 0, BOTH, 0).status != STATUS_OK) return 0;
    place->what = PAGED;
    return va_of(place);
}

static bool forget_paged(uint64_t va, uint64_t pages) {
    const uint64_t label = MESSAGE_CALL | (uint64_t)APPEL_LABEL_UNMAP << TAG_LABEL_SHIFT;
    struct message answer = os_call(server, label, space, va, pages, 0, 0);
    return answer.status == STATUS_OK && answer.word[0] == STATUS_OK;
}

static uint64_t fork_and_wait(appel_work *work, uint64_t argument) {
    struct result child = os_fork();
    if (child.status != STATUS_OK) return 0;
    if (child.value == 0) os_exit((int)work(argument));
    struct os_end end = os_wait(child.value);
    return end.status == STATUS_OK && end.how == OS_ENDED_EXIT ? end.value : 0;
}

static bool call(uint64_t words[APPEL_WORDS]) {
    struct message answer = os_call(server, MESSAGE_CALL, words[0], words[1], words[2], words[3], words[4]);
    for (unsigned i = 0; i < APPEL_WORDS; i++) words[i] = answer.word[i];
    return answer.status == STATUS_OK;
}

static uint64_t null(void) { return os_null().status; }

// One hart: whenever this space is entered again it was left for another.
static struct appel_counters count(void) {
    os_space_control(HANDLE_SELF, SPACE_COUNTERS, 0, 0);
    const struct space_counters *own = os_self()->message;
    return (struct appel_counters){.switches = own->switches * 2, .fences = own->shootdowns};
}

static uint64_t faults(void) {
    os_space_control(HANDLE_SELF, SPACE_COUNTERS, 0, 0);
    return ((const struct space_counters *)os_self()->message)->faults_paged;
}

int main(void) {
    static struct appel_system system = {
        .print = os_print,
        .take = take,
        .give = give,
        .forget = forget,
        .protect = protect,
        .allow = allow,
        .handle = handle,
        .watch = watch,
        .find_written = find_written,
        .alias = alias,
        .unalias = unalias,
        .take_paged = take_paged,
        .forget_paged = forget_paged,
        .fork = fork_and_wait,
        .call = call,
        .null = null,
        .count = count,
        .faults = faults,
    };
    const char *words[WORDS_MOST];
    unsigned word_count = os_argument_count();
    for (unsigned i = 0; i < word_count && i < WORDS_MOST; i++) words[i] = os_argument(i);
    struct result found = os_lookup("appel-server");
    alias_at = os_range_take(1, 1);
    if (found.status != STATUS_OK || alias_at == 0 || os_handler_set(on_fault) != STATUS_OK) {
        os_print("appel-li: the system description needs a line: server appel-server\n");
        return 1;
    }
    server = found.value;
    if (os_lookup("files").status == STATUS_OK) {
        system.map_file = map_file;
        system.unmap_file = unmap_file;
    }
    space = os_space_control(HANDLE_SELF, SPACE_ID, 0, 0).value;
    return appel_main(&system, word_count < WORDS_MOST ? word_count : WORDS_MOST, words);
}
