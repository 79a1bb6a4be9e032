// SPDX-License-Identifier: MIT
// The Appel-Li bench: runs all groups of rows, each of which looks whether its operations mean what they should. For
// each row a line: "appel NAME" and what it cost (appel_meter.h), or "appel NAME absent", or "appel NAME failed: WHY".
#include "appel_run.h"

enum { QUICK = 16, FAILED = 1, MISUSED = 2 };

static const char *const names[] = {
#define ROW(name, times, what) #name,
#include "appel_rows.def"
#undef ROW
};

static const struct group {
    appel_group *run;
    enum appel_row first, last; // the rows that it fills
    size_t needs, also;         // where in the system the functions are that it may lack
} groups[] = {
#define NEEDS(function) offsetof(struct appel_system, function)
    {appel_null, ROW_null, ROW_null, NEEDS(null), NEEDS(count)},
    {appel_trap, ROW_trap, ROW_trap, NEEDS(handle), NEEDS(count)},
    {appel_prot1, ROW_prot1, ROW_unprot1, NEEDS(protect), NEEDS(count)},
    {appel_protn, ROW_protn, ROW_unprotn, NEEDS(protect), NEEDS(count)},
    {appel_dirty, ROW_dirty, ROW_dirty, NEEDS(find_written), NEEDS(count)},
    {appel_map2, ROW_map2, ROW_map2, NEEDS(alias), NEEDS(count)},
    {appel_fault, ROW_fault, ROW_fault, NEEDS(handle), NEEDS(count)},
    {appel_appel1, ROW_appel1, ROW_appel1, NEEDS(handle), NEEDS(count)},
    {appel_appel2, ROW_appel2, ROW_appel2, NEEDS(handle), NEEDS(count)},
    {appel_pager, ROW_pager, ROW_pager, NEEDS(take_paged), NEEDS(faults)},
    {appel_lazy, ROW_lazy, ROW_lazy, NEEDS(forget), NEEDS(faults)},
    {appel_lazy_next, ROW_lazy_next, ROW_lazy_next, NEEDS(forget), NEEDS(faults)},
    {appel_zero, ROW_zero_read, ROW_zero_write, NEEDS(forget), NEEDS(faults)},
    {appel_cow, ROW_cow_copy, ROW_cow_reuse, NEEDS(fork), NEEDS(faults)},
    {appel_file_read, ROW_file_read, ROW_file_read, NEEDS(map_file), NEEDS(faults)},
    {appel_file_write, ROW_file_write, ROW_file_write, NEEDS(map_file), NEEDS(faults)},
    {appel_file_copy, ROW_file_copy, ROW_file_copy, NEEDS(map_file), NEEDS(faults)},
    {appel_fork_0, ROW_fork_0, ROW_fork_0, NEEDS(fork), NEEDS(count)},
    {appel_fork_256, ROW_fork_256, ROW_fork_256, NEEDS(fork), NEEDS(count)},
    {appel_fork_4096, ROW_fork_4096, ROW_fork_4096, NEEDS(fork), NEEDS(count)},
    {appel_call, ROW_call, ROW_call, NEEDS(call), NEEDS(count)},
    {appel_pipe, ROW_pipe, ROW_pipe, NEEDS(ping), NEEDS(count)},
#undef NEEDS
};

// => what stands behind `name`; NULL: the word begins otherwise
static const char *after(const char *word, const char *name) {
    while (*name != '\0') {
        if (*word++ != *name++) return NULL;
    }
    return word;
}

static bool is(const char *word, const char *name) {
    const char *rest = after(word, name);
    return rest != NULL && *rest == '\0';
}

static bool has_function(const struct appel_system *system, size_t where) {
    return *(void *const *)((const char *)system + where) != NULL;
}

static bool has(const struct appel_system *system, const struct group *group) {
    return has_function(system, group->needs) && has_function(system, group->also);
}

static bool run_group(struct appel_run *run, const struct group *group) {
    const struct appel_system *system = run->system;
    const char *wrong = has(system, group) ? group->run(run) : NULL;
    for (enum appel_row row = group->first; row <= group->last; row++) {
        if (wrong != NULL)
            system->print("appel %s failed: %s\n", names[row], wrong);
        else if (!has(system, group))
            system->print("appel %s absent\n", names[row]);
        else
            appel_meter_tell(&run->meter[row], names[row], system);
    }
    return wrong == NULL;
}

// => false: there is no such word
static bool read_word(struct appel_run *run, const char *word, const char **only) {
    const char *broken = after(word, "broken="), *row = after(word, "only=");
    if (broken != NULL) run->system = appel_broken(run->system, broken);
    if (is(word, "clock")) appel_by_clock = true;
    if (is(word, "quick")) run->operations = OPERATIONS / QUICK;
    for (enum appel_row i = 0; row != NULL && i < ROWS; i++) {
        if (is(row, names[i])) *only = names[i];
    }
    return broken != NULL ? run->system != NULL : row != NULL ? *only != NULL : is(word, "clock") || is(word, "quick");
}

static bool chosen(const struct group *group, const char *only) {
    for (enum appel_row row = group->first; row <= group->last; row++) {
        if (only == NULL || only == names[row]) return true;
    }
    return false;
}

int appel_main(const struct appel_system *system, unsigned count, const char *const *words) {
    static struct appel_run run;
    const char *only = NULL;
    bool fine = true;
    run = (struct appel_run){.system = system, .operations = OPERATIONS};
    for (enum appel_row row = 0; row < ROWS; row++) appel_meter_begin(&run.meter[row]);
    for (unsigned i = 1; i < count; i++) {
        if (read_word(&run, words[i], &only)) continue;
        system->print("appel-li does not know '%s'; it knows: clock, quick, only=ROW, broken=FUNCTION\n", words[i]);
        return MISUSED;
    }
    appel_meter_start();
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        if (chosen(&groups[i], only)) fine = run_group(&run, &groups[i]) && fine;
    }
    return fine ? 0 : FAILED;
}
