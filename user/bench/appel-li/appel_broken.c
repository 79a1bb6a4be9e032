// SPDX-License-Identifier: MIT
// Systems that do not do what they should, each in one function: the bench must say so.
#include "appel.h"

static const struct appel_system *good;
static appel_handler *handler;

static bool do_nothing(uint64_t va, uint64_t pages) {
    (void)va, (void)pages;
    return true;
}

static bool protect_first(uint64_t va, uint64_t pages) {
    (void)pages;
    return good->protect(va, 1);
}

static enum appel_answer tell_elsewhere(uint64_t va) { return handler(va + APPEL_PAGE); }

static void handle_elsewhere(appel_handler *chosen) {
    handler = chosen;
    good->handle(tell_elsewhere);
}

static bool find_all(uint64_t va, uint64_t pages, bool *written) {
    good->find_written(va, pages, written);
    for (uint64_t page = 0; page < pages; page++) written[page] = true;
    return true;
}

static uint64_t alias_next(uint64_t va) { return good->alias(va + APPEL_PAGE); }

static bool keep_alias(uint64_t at) {
    (void)at;
    return true;
}

static uint64_t take_unpaged(uint64_t pages) { return good->take(APPEL_READ, pages); }

// Another mapping than was asked for: what is written to a file is lost, or should have been.
static uint64_t map_otherwise(uint64_t pages, bool shared) { return good->map_file(pages, !shared); }

static uint64_t forget_to_fork(appel_work *work, uint64_t argument) { return work(argument); }

static bool answer_nothing(uint64_t words[APPEL_WORDS]) {
    (void)words;
    return true;
}

static uint8_t echo(uint8_t byte) { return byte; }

static uint64_t count_up(void) {
    static uint64_t count;
    return count++;
}

static bool is(const char *one, const char *other) {
    while (*one != '\0' && *one == *other) one++, other++;
    return *one == *other;
}

const struct appel_system *appel_broken(const struct appel_system *system, const char *name) {
    static struct appel_system broken;
    good = system;
    broken = *system;
    if (is(name, "null"))
        broken.null = count_up;
    else if (is(name, "protect"))
        broken.protect = do_nothing;
    else if (is(name, "protect-first"))
        broken.protect = protect_first;
    else if (is(name, "allow"))
        broken.allow = do_nothing;
    else if (is(name, "handle"))
        broken.handle = handle_elsewhere;
    else if (is(name, "find-written"))
        broken.find_written = find_all;
    else if (is(name, "alias"))
        broken.alias = alias_next;
    else if (is(name, "unalias"))
        broken.unalias = keep_alias;
    else if (is(name, "forget"))
        broken.forget = do_nothing;
    else if (is(name, "take-paged"))
        broken.take_paged = take_unpaged;
    else if (is(name, "forget-paged"))
        broken.forget_paged = do_nothing;
    else if (is(name, "map-file"))
        broken.map_file = map_otherwise;
    else if (is(name, "fork"))
        broken.fork = forget_to_fork;
    else if (is(name, "call"))
        broken.call = answer_nothing;
    else if (is(name, "ping"))
        broken.ping = echo;
    else
        return NULL;
    return &broken;
}
