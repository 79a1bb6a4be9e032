// SPDX-License-Identifier: MIT
// The calls of the differential test, made up from random numbers and from what is known of memory so far.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "differ.h"

enum { MAPPED_FIRST = 4, TEXT = 80, CODE_AT = 0, DATA_AT = 64 };

struct place places[PLACES] = {{.name = "window"}, {.name = "zone"}, {.name = "heap"}};
unsigned scale = 1;

static uint16_t mappings;

// Units that a call is about.
struct range {
    struct place *place;
    unsigned first, units;
    char *at;
    size_t size;
};

uint64_t next_random(uint64_t *state) {
    uint64_t mixed = *state += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
    return mixed ^ mixed >> 31;
}

static unsigned below(uint64_t *random, unsigned limit) { return (unsigned)(next_random(random) % limit); }

static size_t bytes(unsigned units) { return (size_t)units * scale * PAGE; }

// ---- what is known of memory ----

static struct range make_range(struct place *place, unsigned first, unsigned units) {
    return (struct range){place, first, units, place->base + bytes(first), bytes(units)};
}

static struct range any_range(uint64_t *random, unsigned most) {
    unsigned choice = below(random, 10);
    struct place *place = &places[choice < 6 ? WINDOW : choice < 9 ? ZONE : HEAP];
    // The zone is filled from its end.
    unsigned units = 1 + below(random, most), first = below(random, UNITS - units + 1);
    if (place == &places[ZONE] && below(random, 2) == 0)
        first = UNITS - units - below(random, 12) % (UNITS - units + 1);
    return make_range(place, first, units);
}

// A range that begins in memory that is there, if any is.
static struct range used_range(uint64_t *random, unsigned most) {
    struct range range = any_range(random, most);
    unsigned start = (unsigned)(range.place - places) * UNITS + range.first;
    for (unsigned i = 0; i < PLACES * UNITS; i++) {
        struct place *place = &places[(start + i) / UNITS % PLACES];
        unsigned first = (start + i) % UNITS, left = UNITS - first;
        if (place->unit[first].kind != NOTHING)
            return make_range(place, first, range.units < left ? range.units : left);
    }
    return range;
}

// => the units at this address; units 0: it is in no place
static struct range find_range(const void *at, size_t size) {
    for (struct place *place = places; place < places + PLACES; place++) {
        size_t distance = (size_t)((const char *)at - place->base);
        if (distance < bytes(UNITS) && distance + size <= bytes(UNITS))
            return make_range(place, (unsigned)(distance / bytes(1)), (unsigned)(size / bytes(1)));
    }
    return (struct range){.at = (char *)(uintptr_t)at, .size = size};
}

static void note(struct range range, enum differ_kind kind, unsigned protection) {
    mappings++;
    for (unsigned i = 0; i < range.units; i++)
        range.place->unit[range.first + i] = (struct unit){(uint8_t)kind, (uint8_t)protection, false, mappings};
}

// Each mapping of which some pages are protected otherwise is several then.
static void note_protection(struct range range, unsigned protection) {
    uint16_t before = 0;
    for (unsigned i = 0; i < range.units; i++) {
        struct unit *unit = &range.place->unit[range.first + i];
        if (unit->kind == NOTHING) return;
        if (unit->protection == protection) {
            before = 0;
            continue;
        }
        if (unit->mapping != before) mappings++;
        before = unit->mapping;
        unit->mapping = mappings;
        unit->protection = (uint8_t)protection;
    }
}

// The same of pages of which something else is said.
static void note_manner(struct range range) {
    uint16_t before = 0;
    for (unsigned i = 0; i < range.units; i++) {
        struct unit *unit = &range.place->unit[range.first + i];
        if (unit->mapping != before) mappings++;
        before = unit->mapping;
        unit->mapping = mappings;
    }
}

static void note_forking(struct range range, bool not_forked) {
    for (unsigned i = 0; i < range.units; i++) {
        struct unit *unit = &range.place->unit[range.first + i];
        unit->not_forked = not_forked && unit->kind != NOTHING;
    }
}

void forget_not_forked(void) {
    for (struct place *place = places; place < places + PLACES; place++)
        for (unsigned i = 0; i < UNITS; i++)
            if (place->unit[i].not_forked) place->unit[i] = (struct unit){0};
}

bool is_shared_somewhere(void) {
    for (const struct place *place = places; place < places + PLACES; place++)
        for (unsigned i = 0; i < UNITS; i++)
            if (place->unit[i].kind == SHARED) return true;
    return false;
}

// ---- words ----

static const char *name_protection(unsigned protection) {
    static const char *const names[] = {"---", "r--", "-w-", "rw-", "--x", "r-x", "-wx", "rwx"};
    return names[protection & 7];
}

static void tell(unsigned number, const char *call, long answer) {
    char result[TEXT];
    say("%u %s = %s", number, call, name_error(answer, result, sizeof result));
}

static char call_text[160];

#define DESCRIBE(...) snprintf(call_text, sizeof call_text, __VA_ARGS__)

static const char *where(struct range range) {
    static char text[TEXT];
    char start[48];
    snprintf(text, sizeof text, "%s 0x%lx", name_address(range.at, start, sizeof start), (unsigned long)range.size);
    return text;
}

// ---- mapping ----

static unsigned any_protection(uint64_t *random) {
    unsigned choice = below(random, 12);
    return choice < 6 ? PROT_READ | PROT_WRITE : choice < 8 ? PROT_READ : choice < 9 ? PROT_NONE : below(random, 8);
}

static void do_map(unsigned number, uint64_t *random) {
    static const int extra[] = {0, 0, 0, MAP_NORESERVE, MAP_POPULATE, MAP_STACK};
    struct range range = any_range(random, 8);
    unsigned protection = any_protection(random), how = below(random, 12);
    bool shared = below(random, 4) == 0;
    int flags = MAP_ANONYMOUS | (shared ? MAP_SHARED : MAP_PRIVATE) | extra[below(random, 6)];
    const char *name = "hint";
    if (how < 5) flags |= MAP_FIXED, name = "fixed";
    if (how == 5) flags |= MAP_FIXED_NOREPLACE, name = "no-replace";
    if (how >= 9) range.at = NULL, name = "anywhere";
    size_t size = range.size - (below(random, 6) == 0 ? below(random, PAGE) : 0);
    if (how == 8) range.at += below(random, PAGE);
    DESCRIBE("mmap %s -0x%lx %s %s%s%s %s", where(range), (unsigned long)(range.size - size),
             name_protection(protection), shared ? "shared" : "private", flags & MAP_POPULATE ? " populate" : "",
             flags & MAP_STACK ? " stack" : "", name);
    char *at = (char *)syscall(SYS_mmap, range.at, size, protection, flags, -1, 0);
    tell(number, call_text, (long)at);
    if (at == MAP_FAILED) return;
    struct range got = find_range(at, range.size);
    if (got.units == 0)
        munmap(at, range.size);
    else
        note(got, shared ? SHARED : PRIVATE, protection);
}

static void do_unmap(unsigned number, uint64_t *random) {
    struct range range = below(random, 3) == 0 ? any_range(random, 10) : used_range(random, 6);
    size_t size = range.size - (below(random, 6) == 0 ? below(random, PAGE) : 0);
    DESCRIBE("munmap %s", where(range));
    int answer = (int)syscall(SYS_munmap, range.at, size);
    tell(number, call_text, answer);
    if (answer == 0) note(range, NOTHING, 0);
}

static void do_protect(unsigned number, uint64_t *random) {
    struct range range = used_range(random, 8);
    unsigned protection = any_protection(random);
    DESCRIBE("mprotect %s %s", where(range), name_protection(protection));
    int answer = (int)syscall(SYS_mprotect, range.at, range.size - below(random, 2) * below(random, PAGE), protection);
    tell(number, call_text, answer);
    note_protection(range, protection);
}

// Whether Linux sees one mapping here may hang on which page was touched when: of such a range nothing is asked.
static bool is_plain(struct range range) {
    const struct unit *unit = &range.place->unit[range.first];
    for (unsigned i = 1; i < range.units; i++)
        if (unit[i].kind != unit->kind || unit[i].protection != unit->protection) return true;
    for (unsigned i = 1; i < range.units; i++)
        if (unit[i].mapping != unit->mapping) return false;
    return true;
}

static void do_remap(unsigned number, uint64_t *random) {
    struct range old = used_range(random, 6), to = any_range(random, 8);
    unsigned how = below(random, 8), units = how < 2 ? old.units : to.units;
    struct unit first = old.place->unit[old.first];
    int flags = how == 7 ? 0 : MREMAP_MAYMOVE;
    const char *name = how == 7 ? "here" : "anywhere";
    if (how == 2 || how == 3 || how == 4) flags |= MREMAP_FIXED, name = "fixed";
    if (how == 0) flags |= MREMAP_DONTUNMAP, name = "leaving";
    if (how == 1) flags |= MREMAP_DONTUNMAP | MREMAP_FIXED, name = "leaving, fixed";
    if (to.first + units > UNITS) return;
    DESCRIBE("mremap %s to %s 0x%lx", where(old), name, (unsigned long)bytes(units));
    if ((flags & MREMAP_FIXED) != 0) {
        char start[48];
        size_t used = strlen(call_text);
        snprintf(call_text + used, sizeof call_text - used, " %s", name_address(to.at, start, sizeof start));
    }
    if (!is_plain(old) || (units < old.units && !is_plain(make_range(old.place, old.first, units)))) return;
    char *at = (char *)syscall(SYS_mremap, old.at, old.size, bytes(units), flags, to.at);
    tell(number, call_text, (long)at);
    if (at == MAP_FAILED) {
        // What was at a fixed place is gone all the same, unless what was asked for could not be at all.
        bool overlaps = old.at + old.size > to.at && to.at + bytes(units) > old.at;
        if ((flags & MREMAP_FIXED) != 0 && errno != EINVAL && first.kind != NOTHING && !overlaps)
            note(make_range(to.place, to.first, units), NOTHING, 0);
        if (units < old.units && (flags & MREMAP_FIXED) != 0 && errno == EFAULT && first.kind != NOTHING)
            note(make_range(old.place, old.first + units, old.units - units), NOTHING, 0);
        return;
    }
    if (at == old.at) {
        unsigned known = old.units < units ? old.units : units;
        note(make_range(old.place, old.first + known, old.units - known), NOTHING, 0);
        struct range more = find_range(old.at + bytes(known), bytes(units - known));
        for (unsigned i = 0; i < more.units && more.place != NULL; i++) more.place->unit[more.first + i] = first;
        return;
    }
    if ((flags & MREMAP_DONTUNMAP) == 0) note(old, NOTHING, 0);
    struct range got = find_range(at, bytes(units));
    if (got.units == 0)
        munmap(at, bytes(units));
    else
        note(got, first.kind, first.protection);
}

static void do_break(unsigned number, uint64_t *random) {
    struct place *heap = &places[HEAP];
    char *old = (char *)syscall(SYS_brk, 0), *new = heap->base + bytes(below(random, UNITS / 2));
    DESCRIBE("brk");
    tell(number, call_text, syscall(SYS_brk, new));
    char *now = (char *)syscall(SYS_brk, 0);
    if (now > old) note(find_range(old, (size_t)(now - old)), PRIVATE, PROT_READ | PROT_WRITE);
    if (now < old) note(find_range(now, (size_t)(old - now)), NOTHING, 0);
}

// ---- what is known, and said, of memory ----

static void do_advise(unsigned number, uint64_t *random) {
    static const struct {
        int advice;
        const char *name;
    } advices[] = {{MADV_NORMAL, "normal"},
                   {MADV_SEQUENTIAL, "sequential"},
                   {MADV_WILLNEED, "will-need"},
                   {MADV_DONTNEED, "dont-need"},
                   {MADV_DONTNEED, "dont-need"},
                   {MADV_DONTNEED, "dont-need"},
                   {MADV_DONTNEED, "dont-need"},
                   {MADV_COLD, "cold"},
                   {MADV_POPULATE_READ, "populate-read"},
                   {MADV_POPULATE_WRITE, "populate-write"},
                   {MADV_DONTFORK, "dont-fork"},
                   {MADV_DOFORK, "do-fork"},
                   {MADV_WIPEONFORK, "wipe-on-fork"},
                   {MADV_KEEPONFORK, "keep-on-fork"}};
    unsigned choice = below(random, sizeof advices / sizeof advices[0]);
    struct range range = used_range(random, 8);
    DESCRIBE("madvise %s %s", where(range), advices[choice].name);
    int advice = advices[choice].advice;
    tell(number, call_text, syscall(SYS_madvise, range.at, range.size, advice));
    if (advice != MADV_WILLNEED && advice != MADV_DONTNEED) note_manner(range);
    if (advice == MADV_DONTFORK || advice == MADV_DOFORK) note_forking(range, advice == MADV_DONTFORK);
}

static void do_lock(unsigned number, uint64_t *random) {
    struct range range = used_range(random, 8);
    bool unlocks = below(random, 3) == 0;
    DESCRIBE("%s %s", unlocks ? "munlock" : "mlock", where(range));
    tell(number, call_text,
         syscall(unlocks ? SYS_munlock : SYS_mlock, range.at + below(random, PAGE), range.size - PAGE));
    note_manner(range);
}

static void do_sync(unsigned number, uint64_t *random) {
    static const int flags[] = {MS_SYNC, MS_ASYNC, MS_SYNC | MS_INVALIDATE, MS_SYNC | MS_ASYNC, 0, MS_INVALIDATE};
    struct range range = used_range(random, 8);
    unsigned choice = below(random, 6);
    DESCRIBE("msync %s %d", where(range), flags[choice]);
    tell(number, call_text, syscall(SYS_msync, range.at, range.size, flags[choice]));
}

static void do_core(unsigned number, uint64_t *random) {
    static unsigned char there[8 * 256];
    struct range range = used_range(random, 8);
    DESCRIBE("mincore %s", where(range));
    tell(number, call_text, syscall(SYS_mincore, range.at, range.size, there));
}

// A system call that writes to memory, or reads from it.
static void do_system(unsigned number, uint64_t *random) {
    struct range range = used_range(random, 1);
    bool writes = below(random, 2) == 0;
    enum { UNKNOWN = 99, SET_SIZE = 8 };
    range.at += PAGE - 4; // may be in two pages
    DESCRIBE("rt_sigprocmask %s %s", writes ? "to" : "from", where(range));
    tell(number, call_text,
         writes ? syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, range.at, SET_SIZE)
                : syscall(SYS_rt_sigprocmask, UNKNOWN, range.at, NULL, SET_SIZE));
}

// ---- touching ----

static char *any_page(uint64_t *random, struct range range) {
    return range.at + (size_t)below(random, (unsigned)(range.size / PAGE)) * PAGE;
}

static void do_touch(unsigned number, uint64_t *random) {
    struct range range = below(random, 8) == 0 ? any_range(random, 1) : used_range(random, 1);
    char *page = any_page(random, range), start[48], told[TEXT];
    unsigned how = below(random, 8);
    uint8_t value = (uint8_t)(1 + below(random, 255));
    const char *name = "write";
    if (how < 3) {
        page += DATA_AT + below(random, PAGE - DATA_AT);
        touch_write(page, value);
    } else if (how < 6) {
        page += DATA_AT + below(random, PAGE - DATA_AT);
        value = touch_read(page);
        if (fault.signal != 0) value = 0;
        name = "read";
    } else if (how == 6) {
        page += CODE_AT;
        touch_write_code(page);
        name = "write code";
    } else {
        page += CODE_AT;
        touch_run(page);
        name = "run";
    }
    say("%u %s %s %u: %s", number, name, name_address(page, start, sizeof start), value, name_fault(told, sizeof told));
}

static void do_fill(unsigned number, uint64_t *random) {
    struct range range = used_range(random, 8);
    uint8_t value = (uint8_t)(1 + below(random, 255));
    unsigned at = DATA_AT + below(random, PAGE - DATA_AT), faults = 0;
    for (size_t page = 0; page < range.size; page += (scale / 16 + 1) * (size_t)PAGE) {
        touch_write(range.at + page + at, (uint8_t)(value + page / PAGE));
        faults = faults * 2 + (fault.signal != 0);
    }
    say("%u fill %s from %u on: faults %x", number, where(range), value, faults);
}

bool differ_call(unsigned number, uint64_t *random) {
    unsigned choice = below(random, 100);
    if (choice < 18 || number < MAPPED_FIRST)
        do_map(number, random);
    else if (choice < 26)
        do_unmap(number, random);
    else if (choice < 38)
        do_protect(number, random);
    else if (choice < 50)
        do_remap(number, random);
    else if (choice < 57)
        do_advise(number, random);
    else if (choice < 58)
        do_lock(number, random);
    else if (choice < 60)
        do_sync(number, random);
    else if (choice < 63)
        do_core(number, random);
    else if (choice < 67)
        do_break(number, random);
    else if (choice < 70)
        do_system(number, random);
    else if (choice < 86)
        do_touch(number, random);
    else if (choice < 94)
        do_fill(number, random);
    else
        return false;
    return true;
}
